"""Addresses of the sign-in and of one's own data.

The sign-in library reverses its addresses without a namespace, so they stand in a list of their own. Only what
signing in by e-mail code needs is there; the library's other pages (passwords, several addresses) do not exist.
"""

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("anmelden/demo/", views.demo_sign_in, name="demo_sign_in"),
    path("konto/", views.profile, name="profile"),
    path("konto/name/", views.confirm_name, name="confirm_name"),
]

to_sign_in = login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True))
sign_in = login_not_required(views.SignInView.as_view())
sign_in_code = login_not_required(views.SignInCodeView.as_view())

sign_in_urlpatterns = [
    path("anmelden/", sign_in, name="account_login"),
    path("anmelden/", sign_in, name="account_request_login_code"),
    path("anmelden/code/", sign_in_code, name="account_confirm_login_code"),
    path("abmelden/", login_not_required(views.SignOutView.as_view()), name="account_logout"),
    path("anmelden/deaktiviert/", login_not_required(allauth_views.account_inactive), name="account_inactive"),
    path("anmelden/neu/", to_sign_in, name="account_signup"),
    path("anmelden/erneut/", to_sign_in, name="account_reauthenticate"),
]

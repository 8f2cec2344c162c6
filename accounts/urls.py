"""Addresses of the sign-in and of one's own data.

The sign-in library reverses its addresses without a namespace, so they stand in a list of their own. Only what
signing in by e-mail code needs is there; the library's other pages (passwords, several addresses) do not exist.
"""

from allauth.account import views as allauth_views
from allauth.socialaccount.providers.openid_connect import views as oidc_views
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.generic import RedirectView

from accounts import security_views, views

app_name = "accounts"

urlpatterns = [
    path("anmelden/demo/", views.demo_sign_in, name="demo_sign_in"),
    path("konto/", views.profile, name="profile"),
    path("konto/name/", views.confirm_name, name="confirm_name"),
    path("konto/anmeldungen/", security_views.own_sign_ins, name="sign_ins"),
    path(
        "koordination/personen/<int:pk>/zweiter-faktor/",
        security_views.reset_second_factor,
        name="reset_second_factor",
    ),
]

to_sign_in = login_not_required(RedirectView.as_view(pattern_name="account_login", query_string=True))
sign_in = login_not_required(views.SignInView.as_view())
factors = security_views.FactorsView.as_view()
single_sign_on = login_not_required(security_views.single_sign_on)
sign_in_code = login_not_required(views.SignInCodeView.as_view())

sign_in_urlpatterns = [
    path("anmelden/", sign_in, name="account_login"),
    path("anmelden/", sign_in, name="account_request_login_code"),
    path("anmelden/code/", sign_in_code, name="account_confirm_login_code"),
    path("abmelden/", login_not_required(views.SignOutView.as_view()), name="account_logout"),
    path("anmelden/deaktiviert/", login_not_required(allauth_views.account_inactive), name="account_inactive"),
    path("anmelden/neu/", to_sign_in, name="account_signup"),
    path("anmelden/erneut/", login_not_required(security_views.sign_in_again), name="account_reauthenticate"),
    path("anmelden/zweiter-faktor/", login_not_required(security_views.FactorView.as_view()), name="mfa_authenticate"),
    path("anmelden/mit/<slug:provider_id>/", single_sign_on, name="openid_connect_login"),
    path("anmelden/mit/<slug:provider_id>/zurueck/", oidc_views.callback, name="openid_connect_callback"),
    path("konto/bestaetigen/", security_views.AskAgainView.as_view(), name="mfa_reauthenticate"),
    path(
        "konto/bestaetigen/passkey/",
        security_views.AskAgainPasskeyView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("konto/zweiter-faktor/", factors, name="mfa_index"),
    path("konto/zweiter-faktor/", factors, name="mfa_list_webauthn"),
    path("konto/zweiter-faktor/app/", security_views.AddAppView.as_view(), name="mfa_activate_totp"),
    path("konto/zweiter-faktor/app/entfernen/", security_views.RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("konto/zweiter-faktor/passkey/", security_views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path(
        "konto/zweiter-faktor/passkey/<int:pk>/entfernen/",
        security_views.RemovePasskeyView.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("konto/zweiter-faktor/codes/", security_views.RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path(
        "konto/zweiter-faktor/codes/neu/",
        security_views.NewRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
]

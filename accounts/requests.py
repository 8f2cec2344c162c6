"""What kind of request does a view get?"""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from accounts.models import User

# Tried in this order, because every browser also names older ones.
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
]
BROWSERS = [
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]


class SignedInRequest(HttpRequest):
    """The request of somebody signed in; ``LoginRequiredMiddleware`` lets no other reach an ordinary view."""

    user: User


_CONCERNS = "miko.concerns"


def note_whom_it_concerns(request: HttpRequest, person: User) -> None:
    """The file that answers is about one other person: what is recorded of downloads names them."""
    request.META[_CONCERNS] = person


def whom_it_concerns(request: HttpRequest) -> User | None:
    return request.META.get(_CONCERNS)


def client_address(request: HttpRequest) -> str:
    """The client's address as the rate limit sees it: behind a proxy, from the trusted header only. May be empty."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return ""


def safe_next(request: HttpRequest) -> str:
    """Where the person came from, if it is a page of this site; else empty."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_page = target.startswith("/") and target.isprintable()  # else redirects take it for the name of a view
    is_ours = is_page and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""


def key_in(sent: object) -> int:
    """The key that a page sent back; 0, which no row has, for what can be none."""
    text = str(sent)
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def words_in(typed: str) -> list[str]:
    """What is looked for: as many words as SQLite can look for at once. Nobody types more."""
    return typed[:1000].split()[:20]


def only_read(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """``require_safe`` for what programs read: ``MethodsMiddleware`` names GET, HEAD and OPTIONS for it."""
    wrapped = require_safe(view)
    vars(wrapped)["is_only_read"] = True
    return wrapped


def uses_camera(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For the pages that read codes: ``BrowserPolicyMiddleware`` lets them, and no other, ask for the camera."""
    vars(view)["uses_camera"] = True
    return view


def device(request: HttpRequest) -> str:
    """What the browser says of itself, without what would tell two like it apart."""
    return device_of(request.headers.get("User-Agent", ""))


def device_of(user_agent: str) -> str:
    """„Android · Chrome“: no version and no model; empty for what is not known."""
    names = [next((name for word, name in kinds if word in user_agent), "") for kinds in (SYSTEMS, BROWSERS)]
    return " · ".join(filter(None, names))

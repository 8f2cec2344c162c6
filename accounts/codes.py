"""Who may ask for a code to sign in with, when is one mailed, and how often may it be guessed?

Whoever asks too often from one browser waits, and so does everybody in a network from which a flood comes. Nobody
else's requests keep a person out: when a mailbox has been sent enough codes, one more is mailed at most every ten
minutes, and meanwhile the last one holds in every browser that asked. After wrong codes the next ones are longer.
The reasoning: docs/decisions/0022-addresses-and-limits.md.
"""

from django.core.cache import cache
from django.http import HttpRequest

from accounts.addresses import mailbox
from accounts.limits import Limit, hidden, network
from accounts.requests import client_address

# Asking. A room of forty, each asking three times in a minute, is below the limits of its network.
BROWSER = [Limit("sign_in:browser:minute", 3, 60), Limit("sign_in:browser:hour", 12, 3600)]
NETWORK = [Limit("sign_in:network:minute", 120, 60), Limit("sign_in:network:hour", 600, 3600)]
# Mails with a code to one mailbox: caused by one network, by all, and when there have been enough.
MAILS_BY_NETWORK = Limit("sign_in:mails:network", 5, 3600)
MAILS = Limit("sign_in:mails", 12, 24 * 3600)
MAILS_BEYOND = Limit("sign_in:mails:beyond", 1, 600)
# Wrong codes for one mailbox, beside the three for one pending code.
WRONG = Limit("sign_in:wrong", 10, 24 * 3600)

_HOLDS = 15 * 60  # seconds, as long as a code in the browser that asked for it
# In the browser's session.
_MAILBOX, _SHARES, _LONG = "sign_in_mailbox", "sign_in_shares_code", "sign_in_long_code"


def ask(request: HttpRequest, email: str) -> tuple[int, str]:
    """Count a request: 0, or the seconds to wait and on whose account, ``network`` or ``browser``."""
    key, net = mailbox(email), network(client_address(request))
    request.session[_MAILBOX], request.session[_SHARES] = key, False
    must_be_long(request)
    for limit in NETWORK:
        if not limit.take(net):
            return limit.seconds_left(net), "network"
    browser = request.META.get("CSRF_COOKIE") or net  # a browser without that cookie does not get this far
    for limit in BROWSER:
        if not limit.take(key, browser):
            return limit.seconds_left(key, browser), "browser"
    return 0, ""


def is_to_be_mailed(request: HttpRequest) -> bool:
    """Count a code; False where the one mailed before is to serve: it then holds in this browser, too."""
    key = request.session.get(_MAILBOX, "")
    free = MAILS_BY_NETWORK.take(key, network(client_address(request))) and MAILS.take(key)
    due = free or MAILS_BEYOND.take(key, WRONG.is_reached(key)) or not _mailed(key)
    request.session[_SHARES] = not due
    return due


def note_mailed(request: HttpRequest, code: str) -> None:
    cache.set(_place(request.session.get(_MAILBOX, "")), code, _HOLDS)


def expected(request: HttpRequest, own: str) -> str:
    """What is to be typed in this browser, ``own`` being what it asked for; empty if nothing was mailed."""
    return _mailed(request.session.get(_MAILBOX, "")) if request.session.get(_SHARES) else own


def must_be_long(request: HttpRequest) -> bool:
    """Asked for each new code: whether so many were typed wrong for the mailbox that eight letters are too few."""
    request.session[_LONG] = WRONG.is_reached(request.session.get(_MAILBOX, ""))
    return bool(request.session[_LONG])


def is_outdated(request: HttpRequest) -> bool:
    """Whether a long one is needed by now, and this browser asked before that; not whether it was sent any."""
    return not request.session.get(_LONG) and WRONG.is_reached(request.session.get(_MAILBOX, ""))


def note_wrong(request: HttpRequest) -> None:
    WRONG.take(request.session.get(_MAILBOX, ""))


def note_right(request: HttpRequest) -> None:
    """The code has been used, and holds nowhere else any more."""
    cache.delete(_place(request.session.get(_MAILBOX, "")))


def _mailed(key: str) -> str:
    return str(cache.get(_place(key), ""))


def _place(key: str) -> str:
    return f"sign_in:code:{hidden(key)}"

"""Which requests can be about nothing that is here? They are answered at the door, before a view sees them.

Otherwise each view would need care, and each database would do something else: PostgreSQL refuses U+0000 in a text and
numbers of more than 64 bits with an error, SQLite stores the one and finds nothing for the other. What people fill in
is left to the forms, which say what is wrong beside the field.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db.models.lookups import In
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.http import parse_header_parameters

BIGGEST_KEY = 2**63 - 1


class AmongNumbers(In):
    """``in`` finds nothing for a number beyond the column, as Django's ``=`` does; SQLite would break."""

    def get_prep_lookup(self) -> Any:
        values = super().get_prep_lookup()
        if not self.rhs_is_direct_value():
            return values
        return [value for value in values if not isinstance(value, int) or abs(value) <= BIGGEST_KEY]


class Request(WSGIRequest):
    """Whose sender does not choose the codec by which values are read.

    Django takes it from the Content-Type while it makes the request, before any middleware, and breaks at some.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:
            self.content_type, self.content_params = "", {"charset": "unreadable"}


class Handler(WSGIHandler):
    request_class = Request


class ImpossibleRequestsMiddleware(MiddlewareMixin):
    """404 for addresses; 400, 413 and 415 for what no browser sends of our forms."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if (request.content_params or {}).get("charset", "utf-8").lower() != "utf-8":
            return _refused(415)
        if _length(request) > settings.REQUEST_MAX_BYTES:
            return _refused(413)
        if any(_is_no_text(value) for pair in request.COOKIES.items() for value in pair):
            return _refused(400)
        return None

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Not above, where nobody knows yet whose page says that there is none."""
        asked = (text for name, values in request.GET.lists() for text in (name, *values))
        if any(map(_is_no_text, (request.path_info, *asked))) or any(map(_is_beyond, kwargs.values())):
            raise Http404


def _refused(status: int) -> HttpResponse:
    return HttpResponse(f"{status} {HTTPStatus(status).phrase}\n", status=status, content_type="text/plain")


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() and len(said) < 20 else BIGGEST_KEY


def _is_no_text(text: str) -> bool:
    """U+0000, and halves of characters, which no encoding can write."""
    return "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


def _is_beyond(value: object) -> bool:
    return isinstance(value, int) and value > BIGGEST_KEY

"""What does somebody hear whose form bears no valid token?"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure


def token_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Our page 403_csrf.html; a script that asks for JSON gets JSON."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"error": _("Das Formular ist abgelaufen")}, status=403)
    return csrf_failure(request, reason)

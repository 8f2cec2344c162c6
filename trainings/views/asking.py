"""How does a page ask before something is done? ``templates/ask.html`` shows what follows from it; this does it."""

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from trainings.forms.refusing import show
from trainings.refusals import Reason, Refused

Context = Mapping[str, object] | Callable[[], Mapping[str, object]]


def ask(
    request: HttpRequest, template: str, form: forms.BaseForm, act: Callable[[], str], back: str, context: Context
) -> HttpResponse:
    """Show the page; once the form is filled in, ``act``, say what it returns, and lead ``back``.

    Why it was refused stands beside the field it is about, or above the form. A context that costs queries comes as a
    function: only who sees the page needs it.
    """
    reasons: list[Reason] = []
    if request.method == "POST" and form.is_valid():
        try:
            said = act()
        except Refused as refused:
            reasons = show(form, refused)
        else:
            if said:
                messages.success(request, said)
            return redirect(back)
    shown = {"form": form, "reasons": reasons, "back": back, **(context() if callable(context) else context)}
    return render(request, template, shown, status=409 if reasons else 200)


def ticked_doubts(request: HttpRequest) -> str:
    """The codes of the warnings that were confirmed, as an act has them; nothing else that may be sent."""
    return " ".join(code for code in request.POST.getlist("doubts") if code.isidentifier() and len(code) <= 40)

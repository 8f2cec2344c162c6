"""How does a page show why something was refused? Beside the field it is about, and above the form."""

from django import forms

from trainings.refusals import Reason, Refused


def show(form: forms.BaseForm, refused: Refused) -> list[Reason]:
    """Put each reason beside its field, if the form has it; returns the others, for the top of the page."""
    for reason in refused.reasons:
        if reason.field in form.fields:
            form.add_error(reason.field, reason.text)
    return [reason for reason in refused.reasons if reason.field not in form.fields]


def show_within(form: forms.BaseForm, refused: Refused, otherwise: str | None = None) -> None:
    """The same on a page with no other place for it: the others go to that field, or to the form as a whole."""
    for reason in show(form, refused):
        form.add_error(otherwise, reason.text)

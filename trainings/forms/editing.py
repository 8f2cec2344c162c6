"""How do two people edit the same thing? Each form carries what it began from, and only what one changed is written.

Where somebody else has changed the same field meanwhile, both values are shown, and saving once more decides.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext as _


class EditForm(forms.Form):
    """``current`` holds the stored values by field; the page shows them unless it was filled in."""

    not_stored: frozenset[str] = frozenset()  # fields that say how to save, not what

    def __init__(self, *args: Any, current: Mapping[str, Any], **kwargs: Any) -> None:
        kwargs["initial"] = {**current, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.current = current
        self.typed = QueryDict(mutable=True)
        if self.is_bound:
            self.typed.update(self.data)
            self.data = self.typed

    def carry_beginning(self) -> None:
        """Render a hidden input with the stored value beside each field. Call when the fields are complete."""
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in self.not_stored

    @property
    def changed(self) -> dict[str, Any]:
        """What this person has changed."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name not in self.not_stored}

    def find_collisions(self, who: str) -> bool:
        """Say beside each field that somebody else, ``who``, has changed as well, what stands there now."""
        found = False
        if not any(self[name].html_initial_name in self.typed for name in self.fields):
            return False  # whoever sent this had no page that says what it began from
        for name in self.changed:
            bound = self[name]
            began = self.typed.getlist(bound.html_initial_name)
            now = _as_texts(self.current.get(name))
            mine = _as_texts(self.cleaned_data[name])
            if _as_texts(began) in (now, mine) or now == mine:
                continue
            text = _("%(who)s hat hier inzwischen „%(now)s“ eingetragen. Speichern Sie noch einmal, gilt Ihre Eingabe.")
            self.add_error(name, text % {"who": who, "now": _shown(bound.field, self.current.get(name))})
            self.typed.setlist(bound.html_initial_name, now)
            found = True
        return found


def _as_texts(value: Any) -> list[str]:
    """As a hidden input has it; several values in a fixed order."""
    values = value if isinstance(value, (list, tuple, set)) or hasattr(value, "all") else [value]
    values = values.all() if hasattr(values, "all") else values
    texts = [str(one.pk) if isinstance(one, Model) else "" if one is None else str(one) for one in values]
    return sorted(text.replace("\r\n", "\n").strip() for text in texts if text)


def _shown(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(str(one) for one in value) or "–"
    if isinstance(field, forms.MultipleChoiceField):
        names = dict(field.choices)  # type: ignore[arg-type]
        return ", ".join(str(names.get(one, one)) for one in value) or "–"
    if isinstance(field, forms.BooleanField):
        return str(_("ja") if value else _("nein"))
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return "–" if value in (None, "") else str(value)

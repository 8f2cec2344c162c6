"""Which rows point to a person, in the tables of every app?"""

from django.db import models

from accounts.models import ContactDuty, User

Relation = models.ForeignKey | models.ManyToManyField  # type: ignore[type-arg]


def to_people() -> list[Relation]:
    """The columns that point to a person, also those one cannot follow back from the person."""
    return [
        relation.field
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel | models.ManyToManyRel)
        and not relation.related_model._meta.auto_created
    ]


def go_with_the_person() -> list[Relation]:
    """Those whose rows belong to the person alone and would be deleted with the account.

    But for duties, which ``accounts.people`` deletes with the role.
    """
    found = [one for one in to_people() if getattr(one.remote_field, "on_delete", None) is models.CASCADE]
    return [one for one in found if one.model is not ContactDuty]

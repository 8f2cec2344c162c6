"""What does a history table allow? Adding and reading rows; retention empties free texts whose time is over."""

from typing import Any, ClassVar

from django.db import models


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("History is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("History is append-only.")

    def forget(self, *names: str) -> int:
        """Empty these of the model's ``FREE_TEXTS``, or all; the rows stay. For retention alone."""
        names = names or self.model.FREE_TEXTS
        if not names or set(names) - set(self.model.FREE_TEXTS):
            raise TypeError(f"Of {self.model.__name__} only its FREE_TEXTS may be forgotten.")
        empty = {name: self.model._meta.get_field(name).get_default() for name in names}
        return models.QuerySet.update(self.exclude(**empty), **empty)


class AppendOnly(models.Model):
    """A row that stays as it was written; changing or deleting it raises TypeError.

    ``FREE_TEXTS``: what may name or describe people, and goes when the evidence need not be kept.
    """

    FREE_TEXTS: ClassVar[tuple[str, ...]] = ()

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("History is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("History is append-only.")

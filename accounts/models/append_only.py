"""What does a history table allow? Adding and reading rows, nothing else."""

from typing import Any

from django.db import models


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("History is append-only.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("History is append-only.")


class AppendOnly(models.Model):
    """A row that stays as it was written; changing or deleting it raises TypeError."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("History is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("History is append-only.")

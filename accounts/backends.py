"""What may a role do in the back office?"""

from collections.abc import Iterable

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from accounts.models import User

COORDINATOR_PERMISSIONS: set[str] = set()


def grant_coordinators(app: str, *, to_edit: Iterable[str] = (), to_see: Iterable[str] = ()) -> None:
    """Each app says when it starts what coordinators find of its rows in the back office.

    What has consequences changes through its own pages, never as raw rows.
    """
    COORDINATOR_PERMISSIONS.update(
        f"{app}.{action}_{model}" for model in to_edit for action in ["view", "add", "change"]
    )
    COORDINATOR_PERMISSIONS.update(f"{app}.view_{model}" for model in to_see)


class RoleBackend(BaseBackend):
    """Grants permissions by role; signs nobody in."""

    def has_perm(self, user_obj: object, perm: str, obj: Model | None = None) -> bool:
        return isinstance(user_obj, User) and user_obj.is_coordinator and perm in COORDINATOR_PERMISSIONS

    def has_module_perms(self, user_obj: object, app_label: str) -> bool:
        return (
            isinstance(user_obj, User)
            and user_obj.is_coordinator
            and any(permission.startswith(f"{app_label}.") for permission in COORDINATOR_PERMISSIONS)
        )

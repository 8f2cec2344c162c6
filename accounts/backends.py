"""What may a role do in the back office?"""

from collections.abc import Iterable

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from accounts.models import User

COORDINATOR_PERMISSIONS: set[str] = set()


def grant_coordinators(app: str, *, master_data: Iterable[str], others: Iterable[str] = ()) -> None:
    """Each app registers at start-up what coordinators may do with its rows.

    Master data only. Registrations, attendance and the like change through their own pages, never as raw rows.
    """
    COORDINATOR_PERMISSIONS.update(
        f"{app}.{action}_{model}" for model in master_data for action in ["view", "add", "change"]
    )
    COORDINATOR_PERMISSIONS.update(f"{app}.{permission}" for permission in others)


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

"""What may a role do in the back office?"""

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model

from accounts.models import User

# Master data only. Registrations, attendance and certificates change through their own pages, never as raw rows.
COORDINATOR_PERMISSIONS = frozenset(
    f"{app}.{action}_{model}"
    for app, models in {
        "accounts": ["agency", "agencymaildomain", "user"],
        "trainings": ["funding", "venue", "course", "coursetargetgroup", "courserun", "session"],
    }.items()
    for model in models
    for action in ["view", "add", "change"]
) | {
    "accounts.delete_agencymaildomain",
    "trainings.delete_coursetargetgroup",
    "trainings.view_registration",
    "trainings.view_registrationevent",
    "trainings.view_message",
}


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

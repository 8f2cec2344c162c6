"""What do pages say of somebody's name before it is printed?"""

from django import template

from accounts import profile
from accounts.models import User

register = template.Library()


@register.simple_tag
def remarks_on_name_of(person: User) -> list[str]:
    return profile.remarks_on_name(person.formal_name)

"""Which kinds of mail does trainings send? Each is one declaration; what a mail says beside its words is its template.

A new kind also goes into the table of ``notices``, and an operation has to report its occasion.
"""

from trainings.mails.kinds import accounts, changes, occasional, of_people, places, staff, supervisors
from trainings.models import MailKind

# In the order in which pages list them.
OURS = [
    kind
    for module in (places, supervisors, changes, occasional, staff, of_people, accounts)
    for kind in vars(module).values()
    if isinstance(kind, MailKind)
]

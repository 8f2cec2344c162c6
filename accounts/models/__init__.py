"""The nouns of accounts."""

from accounts.models.affiliation import Affiliation
from accounts.models.agency import Agency, AgencyMailDomain
from accounts.models.append_only import AppendOnly, AppendOnlyQuerySet
from accounts.models.audit_event import AuditEvent, AuditEventQuerySet
from accounts.models.contact_duty import ContactDuty
from accounts.models.leases import LeasedQuerySet
from accounts.models.search_word import SearchWord
from accounts.models.sign_in import SignIn
from accounts.models.sign_in_mail import SignInMail
from accounts.models.user import ERASED_DOMAIN, FOUND_BY, TargetGroup, User

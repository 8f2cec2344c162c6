"""Which tables of accounts and trainings hold something about a person? Declared when the apps start.

A test holds the list against every column of every app that points to a person or has an address.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Affiliation, AuditEvent, ContactDuty, SearchWord, SignIn, SignInMail, User
from trainings.models import (
    AccountMerge,
    Announcement,
    AttendanceChange,
    AttendanceRecord,
    CalendarEntry,
    CalendarSubscription,
    CheckIn,
    Correspondence,
    CourseRun,
    DataRequest,
    HeldPlace,
    Interest,
    Invitation,
    MasterDataEvent,
    Message,
    MessageText,
    PageText,
    Registration,
    RegistrationEvent,
    RunEvent,
    SheetEntry,
    SheetScan,
    Submission,
)
from trainings.people.copy import Part, Trace, register


def _in_the_back_office(person: User) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk))


def declare_ours() -> None:
    register(parts=_parts(), traces=_traces())


def _parts() -> list[Part]:
    return [
        Part("profile", _("Ihr Konto"), User, ("pk",), frozenset({"password", "found_by", "lacks_search_words"})),
        Part(
            "search_words",
            _("Wörter, unter denen Sie gefunden werden"),
            SearchWord,
            ("person",),
            frozenset({"backwards"}),
        ),
        Part("addresses", _("Adressen zum Einloggen"), EmailAddress, ("user", "email")),
        Part("affiliations", _("Behörde und Gruppe im Lauf der Zeit"), Affiliation, ("person",)),
        Part("contact_duties", _("Für welche weiteren Behörden Sie sprechen"), ContactDuty, ("person",)),
        Part("sign_ins", _("Wo Sie eingeloggt sind"), SignIn, ("person",), frozenset({"session_key"})),
        Part("factors", _("Zweiter Faktor"), Authenticator, ("user",), frozenset({"data"})),
        Part("identities", _("Konten beim Login-Dienst der Verwaltung"), SocialAccount, ("user",)),
        Part("correspondence", _("Wie wir Ihnen schreiben"), Correspondence, ("person",)),
        Part(
            "registrations",
            _("Anmeldungen"),
            Registration,
            ("person",),
            about=_("Mit Ihrem Bedarf und der Adresse Ihrer vorgesetzten Person, soweit noch gespeichert."),
        ),
        Part("history", _("Verlauf der Anmeldungen"), RegistrationEvent, ("registration__person", "on_behalf_of")),
        Part("attendance", _("Anwesenheit"), AttendanceRecord, ("registration__person",)),
        Part(
            "attendance_changes",
            _("Wie die Anwesenheit erfasst und geändert wurde"),
            AttendanceChange,
            ("registration__person",),
            frozenset({"tap"}),
        ),
        Part(
            "sheet_entries",
            _("Was auf der unterschriebenen Liste steht"),
            SheetEntry,
            ("registration__person",),
            about=_("Der Scan der Liste zeigt auch die Namen anderer; eine geschwärzte Kopie gibt die Koordination."),
        ),
        Part("check_ins", _("Selbst eingecheckt"), CheckIn, ("registration__person",)),
        Part("invitations", _("Einladungen"), Invitation, ("person",)),
        Part("interests", _("Vorgemerktes Interesse"), Interest, ("person",)),
        Part(
            "messages",
            _("E-Mails an Sie und über Ihre Anmeldungen"),
            Message,
            ("recipient", "to_email", "registration__person"),
            # The same as the text; and what only tells a worker when to send it.
            frozenset({"html", "leased_until", "attempts", "message_id", "once_key"}),
        ),
        Part(
            "subscriptions",
            _("Kalender-Abonnements"),
            CalendarSubscription,
            ("person",),
            frozenset({"token_sha256"}),  # a secret
        ),
        Part("calendar_entries", _("Was Ihr Kalender per E-Mail erfuhr"), CalendarEntry, ("person",)),
        Part("requests", _("Anträge zu Ihren Daten"), DataRequest, ("person",)),
        Part(
            "audit",
            _("Wer Ihre Daten angesehen, geändert oder heruntergeladen hat"),
            AuditEvent,
            ("person",),
            about=_("Wer das war, steht hier nach der Aufgabe, nicht mit Namen."),
        ),
        Part("back_office", _("Änderungen in der Verwaltung"), LogEntry, (), finds=_in_the_back_office),
    ]


def _traces() -> list[Trace]:
    return [
        Trace(Registration, "supervisor_email", "registered_at"),
        Trace(RegistrationEvent, "actor", "at"),
        Trace(RegistrationEvent, "actor_email", "at"),
        Trace(AttendanceRecord, "recorded_by", "recorded_at"),
        Trace(AttendanceChange, "actor", "at"),
        Trace(Submission, "submitted_by", "submitted_at"),
        Trace(SheetScan, "uploaded_by", "uploaded_at"),
        Trace(SheetEntry, "entered_by", "entered_at"),
        Trace(HeldPlace, "taken_by", "taken_at"),
        Trace(HeldPlace, "ended_by", "ended_at"),
        Trace(CourseRun, "trainers", "starts_at"),
        Trace(CourseRun, "coordinator", "starts_at"),
        Trace(CourseRun, "closed_by", "closed_at"),
        Trace(RunEvent, "actor", "at"),
        Trace(MasterDataEvent, "actor", "at"),
        Trace(Announcement, "written_by", "written_at"),
        Trace(Invitation, "invited_by", "invited_at"),
        Trace(Message, "queued_by", "queued_at"),
        Trace(MessageText, "saved_by", "saved_at"),
        Trace(PageText, "saved_by", "saved_at"),
        Trace(DataRequest, "done_by", "done_at"),
        Trace(AuditEvent, "by", "at"),
        Trace(LogEntry, "user", "action_time"),
        Trace(SignInMail, "to_email", "queued_at"),
        Trace(User, "merged_into", "left_at"),
        Trace(AccountMerge, "kept", "at"),
        Trace(AccountMerge, "gone", "at"),
        Trace(AccountMerge, "by", "at"),
    ]

"""Every page of the site, in the demo world: who opens it, where, and what they do there."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.urls import resolve, reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Agency, User
from certificates.models import Certificate
from demo import world as demo
from evidence.models import DoorQuestion
from tests.builders import build_person, build_registration, build_run, only_session
from tests.evidence.builders import (
    TOKEN,
    build_door,
    build_dossier,
    build_format,
    build_indicator,
    build_period,
    build_target,
)
from trainings import attendance, calendars, mails, people
from trainings.acts import Act, Channel
from trainings.models import (
    AccountMerge,
    Agreement,
    CheckIn,
    Contingent,
    Correspondence,
    CourseRun,
    DataRequest,
    Funding,
    HeldPlace,
    Message,
    Registration,
    Session,
)

# Addresses that show no page of their own: files, and what only takes a form and leads elsewhere.
NO_PAGES = {
    "trainings:public_feed",
    "trainings:personal_feed",
    "trainings:session_calendar",
    "trainings:attendance_taps",
    "trainings:attendance_worker",
    "trainings:export",
    "trainings:file_of_half_year",
    "trainings:programme",
    "trainings:file_of_figures",
    "trainings:figures_pdf",
    "trainings:file_of_run",
    "trainings:session_sheet",
    "trainings:run_sheets",
    "trainings:change_capacity",
    "trainings:publish",
    "trainings:remove_contingent",
    "trainings:remove_master_data",
    "trainings:remove_agreement",
    "trainings:agreement_file",
    "trainings:confirm_table",
    "trainings:table_file",
    "trainings:hold_anyway",
    "trainings:note_interest",
    "trainings:send_again",
    "trainings:address_works",
    "trainings:answer_offer",
    "trainings:wait_for_more",
    "trainings:hold_places",
    "trainings:give_back_place",
    "trainings:scan",
    "trainings:upload_scan",
    "trainings:data_copy",
    "trainings:file_of_audit",
    "trainings:file_of_refreshers",
    "trainings:take_back",
    "trainings:withdraw_request",
    "certificates:download",
    "certificates:sample",
    "certificates:zipped",
    "certificates:printed",
    "certificates:all_of_mine",
    "certificates:collective_file",
    "certificates:collective_of_agency_file",
    "certificates:record_file",
    "certificates:record_of_colleague_file",
    "certificates:record_of_person_file",
    "certificates:compare_file",
    "evidence:remove_period",
    "evidence:new_dossier",
    "evidence:dossier_file",
    "evidence:new_supplement",
    "certificates:badge",
    "certificates:badge_issuer",
    "certificates:badge_key",
    "certificates:badge_status",
    "evidence:file_of_missing",
    "evidence:copy_format",
    "evidence:remove_format",
    "evidence:file_of_format",
    "evidence:file_of_indicators",
    "evidence:indicators_of_period",
    "evidence:remove_indicator",
    "accounts:demo_sign_in",
    "accounts:confirm_name",
    "account_signup",
    "account_request_login_code",  # another name of the sign-in
    "mfa_list_webauthn",  # another name of mfa_index
    "openid_connect_login",
    "openid_connect_callback",
    # For those who have a second factor: tests/browser/test_second_factor.py looks at them.
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_deactivate_totp",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    # For auditors, who come in by a code: tests/browser/test_auditor.py looks at them.
    "evidence:audit",
    "evidence:audit_runs",
    "evidence:audit_run",
    "evidence:audit_called_off",
    "evidence:audit_questions",
    "evidence:audit_scan",
    "evidence:leave_audit",
    "set_language",
    "favicon",
    "robots",
    "sitemap",
}


@dataclass(frozen=True)
class Stop:
    """A page; after ``act``, where it is given, the page that this led to, which has the name ``then``."""

    name: str
    args: tuple[object, ...] = ()
    query: str = ""
    act: Callable[[Page], None] | None = None
    then: str = ""
    status: int = 200

    @property
    def address(self) -> str:
        return (reverse(self.name, args=self.args) if self.name else "/gibt-es-nicht/") + self.query

    @property
    def shows(self) -> str:
        return self.then or self.name

    def open(self, page: Page) -> None:
        response = page.goto(self.address)
        assert response is not None
        assert response.status == self.status, (self.address, response.status)
        if self.act:
            self.act(page)
        if self.status == 200:
            assert resolve(urlsplit(page.url).path).view_name == self.shows, page.url

    def __str__(self) -> str:
        return self.address + (" (filled in)" if self.act else "")


def press(button: str, **fields: str) -> Callable[[Page], None]:
    """Fill in fields, by their names in the form, and press a button of the main part."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"main [name='{name}']").first.fill(value)
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state()

    return act


def later_than_the_end(page: Page) -> None:
    row = page.locator("[data-registration]").nth(1)
    row.get_by_text("teilweise").click()
    row.get_by_label("Minuten zu spät").fill("999")
    row.get_by_label("Minuten zu spät").blur()
    row.get_by_role("alert").wait_for()


def type_paper(page: Page) -> None:
    """A missing signature, and something nobody understands."""
    page.locator("[name^='row_']").nth(0).fill("-")
    press("Papier ins System eintragen")(page)
    page.locator("[name^='row_']").nth(1).fill("?")
    press("Nur das Papier speichern")(page)


def scan(session: Session) -> Callable[[Page], None]:
    """Open the link that the room shows at this moment."""

    def act(page: Page) -> None:
        page.goto(reverse("trainings:check_in_scanned", args=[session.pk, attendance.room_code(session)]))

    return act


def meeting_uploaded(page: Page) -> None:
    """An export of the last hour, with somebody who is registered and somebody who is not."""
    now = timezone.localtime()
    times = f"{now - dt.timedelta(minutes=50):%Y-%m-%d %H:%M},{now:%Y-%m-%d %H:%M}"
    rows = ["Name,Email,Join Time,Leave Time", f"Kim Abel,,{times}", f"iPhone,,{times}"]
    file = {"name": "meeting.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    page.locator("main [name='file']").set_input_files(files=[file])
    press("Datei prüfen")(page)


def route() -> dict[User | None, list[Stop]]:
    """By person (None: nobody signed in) the pages they see."""
    runs = {run.number: run for run in CourseRun.objects.select_related("course")}
    session = {number: run.sessions.order_by("starts_at")[0].pk for number, run in runs.items()}
    person = {user.email: user for user in User.objects.all()}
    yildiz, trainer = person[demo.YILDIZ], person["okafor@trainings.example"]
    coordinator = person[demo.COORDINATOR]
    full, two_sessions, online, held, to_record, to_come = ("05-1", "07-1", "18-1", "03-1", "06-2", "06-1")
    waiting = Registration.objects.get(run=runs[full], person=yildiz)
    place = Registration.objects.filter(run=runs[full], status=Registration.Status.CONFIRMED)[0]
    code = Certificate.objects.filter(registration__run=runs[held])[0].code
    certified = Certificate.objects.get(registration__run=runs[held], registration__person=yildiz)
    unknown = User.objects.exclude(organisation="").get(agency=None, affiliation_checked_at=None)
    agreement = Agreement.objects.order_by("pk")[0]
    filed = attendance.keep_scan(
        Session.objects.get(pk=session[held]), b"%PDF-1.7\n%%EOF\n", Act(trainer), original_at="Projektbüro"
    )
    newcomer = User.objects.create_user("neu@unbekannt.example")
    contact = User.objects.filter(role=User.Role.AGENCY_CONTACT).order_by("pk")[0]
    sent, asking = (build_person(f"neu{n}@unbekannt.example", agency=contact.agency) for n in range(2))
    ours = build_registration(runs[to_come], sent)
    entered = build_person("neu-hier@unbekannt.example", agency=contact.agency, privacy_notice_noted_at=None)
    build_registration(runs[to_come], entered, source="agency")
    asked = build_registration(runs[to_come], asking, Registration.Status.REQUESTED)
    unnamed = HeldPlace.objects.create(
        run=runs[to_come],
        agency=contact.agency,
        name_by=timezone.localdate() + dt.timedelta(days=1),
        taken_at=timezone.now(),
        taken_by=contact,
    )

    chief = "leitung@mayen.example"
    by_link = build_registration(runs[to_come], status=Registration.Status.REQUESTED, supervisor_email=chief)
    offered = build_registration(runs[to_come], status=Registration.Status.OFFERED)
    phoned = build_registration(runs[to_come], status=Registration.Status.REQUESTED)
    own = Registration.objects.confirmed().filter(person=yildiz, run__starts_at__gt=timezone.now())[0]
    other_run = build_run(own.run.course)
    off = build_run(own.run.course, cancelled_at=timezone.now(), cancellation_reason="krank")
    lost = build_registration(off, status=Registration.Status.CANCELLED)
    calendars.subscribe(yildiz, name="Outlook Büro")
    [subscribed] = calendars.subscriptions_of(yildiz)
    online_run = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1), format="online")
    online_session = only_session(online_run)
    build_registration(online_run, build_person(last_name="Abel"))
    known = build_registration(online_run, build_person(last_name="Bender"))
    attendance.record(online_session, {known.pk: attendance.Mark(status="excused")}, Act(trainer))
    taken = build_registration(online_run, build_person(last_name="Conrad"))
    attendance.record(online_session, {taken.pk: attendance.Mark(status="present")}, Act(trainer, Channel.IMPORT))

    now_held = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1))
    going_on = now_held.sessions.get()
    build_registration(now_held, yildiz)
    early = build_registration(now_held)
    attendance.check_in(
        going_on, early.person, way=CheckIn.Way.TYPED, network="0123456789abcdef", device="Android · Chrome"
    )

    dead = Message.objects.create(
        kind="registered", registration=place, recipient=place.person, status="dead", attempts=5, last_error="Zeitlimit"
    )
    now = timezone.now()
    came_back = Message.objects.create(
        kind="approval_asked", registration=by_link, to_email=chief, status="sent", sent_at=now, subject="Bitte",
        text="Guten Tag,", bounced_at=now, bounce_reason="550 5.1.1 User unknown",
    )  # fmt: skip
    Message.objects.create(
        kind="registered", registration=waiting, recipient=yildiz, to_email=yildiz.email, status="sent", sent_at=now,
        bounced_at=now,
    )  # fmt: skip
    Correspondence.objects.change(yildiz, bounced_at=now, bounce_reason="550 5.1.1 User unknown")

    needs_approval = build_registration(build_run(), yildiz, Registration.Status.REQUESTED, supervisor_email=chief)
    by_coordinator = Act(coordinator)
    kept, gone = (build_person(f"{name}@unbekannt.example", "Kim", "Doppelt") for name in ("eins", "zwei"))
    people.merge(kept, gone, by_coordinator)
    merge = AccountMerge.objects.get()
    unaddressed = build_person("a1b2@no-address.example", "Kim", "Doppelt")
    left = build_person("ausgeschieden@unbekannt.example", "Lou", "Ausgeschieden")
    people.leave(left, by_coordinator)
    restricted = people.restrict(build_person("gesperrt@unbekannt.example"), Act(coordinator, reason="auf Wunsch"))
    dossier, frozen = build_dossier(coordinator), build_dossier(coordinator, handed_in=True)
    erasure = people.request_about_data(sent, DataRequest.Kind.ERASURE, Act(sent), words="Bitte alles.")

    door = build_door(opened_by=coordinator)
    asked_through_door = DoorQuestion.objects.create(door=door, page="overview", text="Wo liegt das Original?")
    grant = Funding.objects.all()[0]
    period = build_period(funding=grant, first_on=grant.starts_on, last_on=grant.ends_on)
    of, named, broken = (
        build_format("place", "person", content) for content in ("course", "last_name", "no_longer_there")
    )
    build_target(build_indicator(funding=grant, level="basic"), period, target=40)
    indicator = build_indicator(funding=grant, counts="runs", definition="Termine, die stattgefunden haben.")

    def courses(*numbers: str) -> list[Stop]:
        return [Stop("trainings:course", (runs[number].course.slug,)) for number in numbers]

    return {
        None: [
            Stop("trainings:catalogue"),
            Stop("trainings:catalogue", query="?q=nichts-dergleichen"),
            Stop("trainings:catalogue", query="?ort=Nirgendwo&stufe=unfug&zielgruppe=staff"),
            *courses(full, two_sessions, online, "13-1", "01-1"),
            Stop("trainings:calendar"),
            Stop("account_login"),
            Stop("account_login", act=press("Code anfordern", email="keine Adresse")),
            Stop(
                "account_login",
                act=press("Code anfordern", email="jemand@mayen.example"),
                then="account_confirm_login_code",
            ),
            Stop("account_confirm_login_code", act=press("Einloggen", code="FALSCH-9")),
            Stop("account_inactive"),
            Stop("certificates:verify_form"),
            Stop("certificates:verify_form", act=press("Prüfen", code="zu kurz")),
            Stop("evidence:check_dossier"),
            Stop("evidence:check_dossier", act=press("Prüfen", sha256="zu kurz")),
            Stop("evidence:check_dossier", act=press("Prüfen", sha256="0" * 64)),
            Stop("certificates:verify", (code,)),
            Stop("certificates:verify", (code,), act=press("Namen prüfen", surname="Niemand")),
            Stop("certificates:verify", ("2222222222222222",), status=404),
            *(Stop(name) for name in ("imprint", "privacy", "accessibility", "feedback")),
            Stop("trainings:approval", (mails.link_token("approval", by_link, chief),)),
            Stop(
                "trainings:approval", (mails.link_token("approval", by_link, chief),), act=press("Teilnahme ablehnen")
            ),
            Stop("trainings:approval", (mails.link_token("approval", by_link, "andere@mayen.example"),)),  # handed over
            Stop("trainings:offer", (mails.link_token("offer", offered),)),
            Stop("trainings:cancel_by_link", (mails.link_token("cancel", offered),)),
            Stop("easy_language"),
            Stop("sign_language"),
            Stop("", status=404),
        ],
        newcomer: [
            Stop("accounts:profile"),
            Stop("accounts:profile", act=press("Speichern und weiter")),
        ],
        yildiz: [
            Stop("trainings:my_registrations"),
            Stop("trainings:register", (runs[to_come].pk,)),
            Stop("trainings:registration", (own.pk,)),
            Stop("trainings:registration", (waiting.pk,)),
            Stop("trainings:personal_code", (own.pk,)),
            Stop("trainings:cancel", (waiting.pk,)),
            Stop("trainings:pass_on", (own.pk,)),
            Stop("trainings:pass_on", (own.pk,), act=press("Fragen", email="neu@mayen.example")),
            Stop("trainings:move", (own.pk, other_run.pk)),
            Stop("certificates:list"),
            Stop("trainings:my_path"),
            Stop("certificates:record"),
            Stop("certificates:record", query="?von=2026-07-01"),
            Stop("certificates:show", (certified.number,)),
            Stop("accounts:profile"),
            Stop("trainings:check_in"),
            Stop("trainings:check_in", act=press("Einchecken", code="123")),
            Stop("trainings:check_in_scanned", (going_on.pk, "kein-code")),
            Stop("trainings:check_in", act=scan(going_on), then="trainings:check_in_session"),
            Stop("trainings:check_in_session", (going_on.pk,), act=press("Ich bin da")),
            Stop("trainings:my_data"),
            Stop("trainings:request_about_data", ("erasure",)),
            Stop("trainings:request_about_data", ("restriction",)),
            Stop(
                "trainings:request_about_data", ("restriction",), act=press("Antrag stellen"), then="trainings:my_data"
            ),
            Stop("trainings:request_about_data", ("correction",)),
            Stop("trainings:request_about_data", ("correction",), act=press("Antrag stellen")),
            Stop("trainings:change_needs", (own.pk,)),
            Stop("trainings:change_supervisor", (needs_approval.pk,)),
            Stop(
                "trainings:change_supervisor",
                (needs_approval.pk,),
                act=press("Diese Adresse fragen", supervisor_email="kein"),
            ),
            Stop("trainings:end_own_account"),
            Stop("account_logout"),
            Stop("trainings:calendar", act=press("Adresse erzeugen", name="Handy"), then="trainings:new_address"),
            Stop("trainings:calendar", act=press("Adresse erzeugen", name=" "), then="trainings:subscribe"),
            Stop("trainings:calendar_help"),
            Stop("trainings:change_subscription", (subscribed.pk,)),
            Stop("trainings:change_subscription", (subscribed.pk,), act=press("Speichern", name="")),
            Stop("trainings:revoke_subscription", (subscribed.pk,)),
        ],
        trainer: [
            Stop("trainings:teaching"),
            Stop("trainings:taught_in", (timezone.localtime(runs[held].starts_at).year,)),
            Stop("trainings:attendance", (session[full],)),  # not yet
            Stop("trainings:attendance", (session[to_record],)),
            Stop("trainings:attendance", (session[to_record],), act=later_than_the_end),
            Stop("trainings:attendance", (session[held],)),
            Stop("trainings:add_walk_in", (session[to_record],)),
            Stop("trainings:add_walk_in", (session[to_record],), act=press("Eintragen, anwesend")),
            Stop("trainings:enter_personal_code", (session[to_record],)),
            Stop("trainings:enter_personal_code", (session[to_record],), act=press("Eintragen, anwesend", code="K7Q")),
            Stop("trainings:paper", (session[held],)),
            Stop("trainings:paper", (session[held],), act=type_paper),
            Stop("trainings:paper", (session[held],), act=press("Wie auf dem Papier eintragen")),
            Stop("trainings:paper", (session[held],), act=press("Scan ablegen"), then="trainings:upload_scan"),
            Stop("trainings:refile", (filed.pk,)),
            Stop("trainings:refile", (filed.pk,), act=press("Ablage speichern")),  # without a reason
            Stop("trainings:submit", (session[to_record],)),  # nobody recorded yet
            Stop("trainings:submit", (session[held],)),
            Stop("trainings:submit", (session[held],), act=press("Liste abgeben", taught_minutes="9999")),
            Stop("trainings:room_code", (going_on.pk,)),
            Stop("trainings:room_code", (session[full],)),  # not yet
            Stop("trainings:check_ins", (going_on.pk,)),
            Stop("trainings:check_ins", (going_on.pk,), act=press("Bestätigen", head_count="7")),
            Stop("trainings:check_ins", (session[full],)),  # not yet
            Stop("trainings:online_attendance", (online_session.pk,)),
            Stop("trainings:online_attendance", (online_session.pk,), act=press("Datei prüfen")),
            Stop("trainings:online_attendance", (online_session.pk,), act=meeting_uploaded),
            Stop("trainings:take_back_import", (online_session.pk,)),
        ],
        contact: [
            Stop("trainings:agency"),
            Stop("certificates:collective"),
            Stop("certificates:collective", query="?von=2026-07-01&bis=2026-06-30"),
            Stop("certificates:record_of_colleague", (contact.pk,)),
            Stop("trainings:agency_refreshers"),
            Stop("trainings:agency_run", (runs[to_come].pk,)),
            Stop("trainings:agency_run", (runs[held].pk,)),
            Stop("trainings:register_list", (runs[to_come].pk,)),
            Stop("trainings:register_list", (runs[to_come].pk,), act=press("Liste prüfen")),
            Stop("trainings:register_list", (runs[to_come].pk,), act=press("Liste prüfen", lines="kein Name")),
            Stop("trainings:decide", (asked.pk,)),
            Stop("trainings:name_place", (unnamed.pk,)),
            Stop("trainings:name_place", (unnamed.pk,), act=press("Verbindlich anmelden")),
            Stop("trainings:substitute_colleague", (ours.pk,)),
            Stop("trainings:cancel_colleague", (ours.pk,)),
            Stop("trainings:cancel_colleague", (ours.pk,), act=press("Abmelden")),
            Stop("trainings:end_account_of_colleague", (sent.pk,)),
            Stop("trainings:rename_colleague", (entered.pk,)),
        ],
        coordinator: [
            Stop("evidence:period", (dossier.period_id,)),
            Stop("evidence:dossier", (dossier.period_id, 1)),
            Stop("evidence:hand_in", (dossier.period_id, 1)),
            Stop("evidence:hand_in", (dossier.period_id, 1), act=press("Abgeben", reason="")),
            Stop("evidence:changed_since", (frozen.period_id,)),
            Stop("accounts:sign_ins"),
            Stop("accounts:reset_second_factor", (yildiz.pk,)),
            Stop("account_reauthenticate"),
            Stop("mfa_index"),
            Stop("mfa_activate_totp"),
            Stop("mfa_activate_totp", act=press("App einrichten", code="000000")),
            Stop("mfa_add_webauthn"),
            Stop("mfa_generate_recovery_codes"),
            Stop("mfa_generate_recovery_codes", act=press("Neue Codes")),  # without an app or a passkey
            Stop("trainings:find_people"),
            Stop("trainings:find_people", query="?q=e"),
            Stop("trainings:find_people", query="?q=nichts-dergleichen"),
            Stop("trainings:new_person"),
            Stop("trainings:new_person", act=press("Speichern")),
            Stop("trainings:person", (yildiz.pk,)),
            Stop("trainings:person", (trainer.pk,)),
            Stop("trainings:person", (kept.pk,)),
            Stop("trainings:person", (gone.pk,)),
            Stop("trainings:person", (restricted.pk,)),
            Stop("trainings:edit_person", (yildiz.pk,)),
            Stop("trainings:edit_person", (yildiz.pk,), act=press("Speichern", last_name="")),
            Stop("trainings:add_address", (unaddressed.pk,)),
            Stop("trainings:add_address", (unaddressed.pk,), act=press("Adresse speichern", email="keine")),
            Stop("trainings:end_account", (yildiz.pk,)),
            Stop("trainings:end_account", (trainer.pk,)),
            Stop("trainings:reopen_account", (left.pk,)),
            Stop("trainings:merge_people", (yildiz.pk,), "?q=a"),
            Stop("trainings:merge_people", (yildiz.pk,), f"?mit={contact.pk}"),
            Stop("trainings:undo_merge", (merge.pk,)),
            Stop("trainings:audit"),
            Stop("trainings:audit", query="?q=niemand-dergleichen"),
            Stop("trainings:data_requests"),
            Stop("trainings:answer_request", (erasure.pk,)),
            Stop("trainings:answer_request", (erasure.pk,), act=press("Antworten und erledigen")),
            Stop("trainings:erase_person", (contact.pk,)),
            Stop("trainings:erase_person", (yildiz.pk,), act=press("Jetzt löschen")),
            Stop("trainings:erase_person", (trainer.pk,)),
            Stop("trainings:restrict_person", (yildiz.pk,)),
            Stop("trainings:restrict_person", (yildiz.pk,), act=press("Einschränken")),
            Stop("trainings:end_restriction", (restricted.pk,)),
            Stop("trainings:coordination_list", (runs[to_come].pk,)),
            Stop("trainings:coordination"),
            Stop("trainings:master_data"),
            Stop("trainings:master_data_list", ("schulungen",)),
            Stop("trainings:master_data_list", ("orte",)),
            Stop("trainings:master_data_list", ("foerderungen",)),
            Stop("trainings:master_data_list", ("behoerden",)),
            Stop("trainings:new_master_data", ("schulungen",)),
            Stop("trainings:new_master_data", ("foerderungen",), act=press("Speichern")),
            Stop("trainings:edit_master_data", ("schulungen", runs[to_come].course.pk)),
            Stop(
                "trainings:edit_master_data", ("orte", runs[to_come].venue.pk), act=press("Speichern", street="Neu 1")
            ),
            Stop("trainings:agency_contacts", (Agency.objects.get(short_name="Mayen").pk,)),
            Stop("trainings:edit_master_data", ("behoerden", agreement.agency_id)),
            Stop("trainings:new_agreement", (agreement.agency_id,), act=press("Speichern", starts_on="2020-01-01")),
            Stop("trainings:edit_agreement", (agreement.pk,)),
            Stop("trainings:end_agreement", (agreement.pk,), act=press("Vorzeitig beenden")),
            Stop("trainings:tables"),
            Stop("trainings:table", ("termine",)),
            Stop("trainings:table", ("termine",), act=press("Prüfen")),
            Stop("trainings:reopen", (runs[held].pk,)),
            Stop("trainings:coordination_runs"),
            Stop("trainings:coordination_run", (runs[full].pk,)),
            Stop("trainings:coordination_run", (runs[held].pk,)),
            Stop("trainings:register_other", (runs[to_come].pk,), "?q=a"),
            Stop("trainings:register_other", (runs[to_come].pk,), act=press("Eintragen und anmelden")),
            Stop("trainings:queue", (runs[full].pk,)),
            Stop("trainings:move_up", (waiting.pk,)),
            Stop("trainings:give_now", (waiting.pk,)),
            Stop("trainings:give_now", (waiting.pk,), act=press("Platz geben")),
            Stop("trainings:approve", (phoned.pk,)),
            Stop("trainings:decline", (phoned.pk,)),
            Stop("trainings:change_contingent", (Contingent.objects.all()[0].pk,)),
            Stop("trainings:run_contingents", (runs[to_come].pk,)),
            Stop("trainings:run_contingents", (runs[to_come].pk,), act=press("Speichern")),
            Stop("trainings:choose_course"),
            Stop("trainings:new_run", (runs[to_come].course_id,)),
            Stop("trainings:copy_run", (runs[to_come].pk,)),
            Stop("trainings:edit_run", (runs[to_come].pk,)),
            Stop("trainings:withdraw", (runs[to_come].pk,)),
            Stop("trainings:invite", (runs[to_come].pk,), "?q=a"),
            Stop("trainings:invite_groups", (runs[to_come].pk,)),
            Stop("trainings:invite_groups", (runs[to_come].pk,), act=press("Zeigen, wer eine E-Mail bekommt")),
            Stop("trainings:offer_other_run", (lost.run.pk,)),
            Stop("trainings:interest"),
            Stop("trainings:notices"),
            Stop("trainings:release_mails"),
            Stop("trainings:unsubscribe", (mails.unsubscribe_token(mails.MailSubscription(coordinator)),)),
            Stop("trainings:run_reminders", (runs[to_come].pk,)),
            Stop("trainings:run_reminders", (runs[to_come].pk,), act=press("Speichern", reminders="bald")),
            Stop("trainings:plan", (runs[to_come].course.slug,)),
            Stop("trainings:plan", (runs[to_come].course.slug,), act=press("Veröffentlichen und einladen")),
            Stop("trainings:cancel_other", (place.pk,)),
            Stop("trainings:cancel_other", (place.pk,), act=press("Abmelden")),
            Stop("trainings:cancel_run", (runs[to_come].pk,)),
            Stop("trainings:check_person", (unknown.pk,)),
            Stop("trainings:close", (runs[to_record].pk,)),  # nobody recorded yet
            Stop("trainings:close", (runs[held].pk,)),
            Stop("trainings:half_year"),
            Stop("trainings:half_year", query="?ansicht=monate"),
            Stop("trainings:half_year", query="?halbjahr=1999-1"),
            Stop("trainings:refreshers"),
            Stop("trainings:refreshers", query="?bis=1900-01-01"),
            Stop("evidence:periods"),
            Stop("evidence:new_period", (grant.pk,)),
            Stop("evidence:period", (period.pk,)),
            Stop("evidence:edit_period", (period.pk,)),
            Stop("evidence:formats"),
            Stop("evidence:new_format"),
            Stop("evidence:new_format", act=press("Anlegen und Spalten wählen", name="Land")),
            Stop("evidence:edit_format", (of.pk,)),
            Stop("evidence:edit_format", (of.pk,), act=press("Spalte hinzufügen")),
            Stop("evidence:edit_format", (named.pk,)),
            Stop("evidence:edit_format", (broken.pk,)),
            Stop("evidence:indicators", (grant.pk,)),
            Stop("evidence:new_indicator", (grant.pk,)),
            Stop("evidence:new_indicator", (grant.pk,), act=press("Speichern", name="Neu", target="viele")),
            Stop("evidence:edit_indicator", (indicator.pk,)),
            Stop("evidence:targets", (period.pk,)),
            Stop("evidence:targets", (period.pk,), act=press("Speichern", **{f"target-{indicator.pk}": "1.200"})),
            Stop("trainings:figures"),
            Stop("trainings:figures", query="?von=2000-01-01&bis=2100-12-31"),
            Stop("trainings:figures", query="?vergleich=davor"),
            Stop("trainings:figures", query="?vergleich=tage"),
            Stop("trainings:runs_behind", query="?von=2000-01-01&bis=2100-12-31&zahl=participations"),
            Stop("trainings:runs_behind", query="?von=2000-01-01&bis=2000-12-31&zahl=occupancy"),
            Stop("trainings:figures", query="?von=2026-07-01&bis=2026-06-30"),
            Stop("trainings:figures_of_run", (runs[held].pk,)),
            Stop("certificates:issue", (runs[held].pk,)),
            Stop("certificates:issue", (runs[held].pk,), act=press("Ausgewählte ausstellen")),
            Stop("certificates:collective_of_agency"),
            Stop("certificates:collective_of_agency", act=press("Anzeigen")),
            Stop("certificates:collective_of_agency", query=f"?behoerde={contact.agency_id}"),
            Stop("certificates:record_of_person", (contact.pk,)),
            Stop("certificates:issue", (runs[to_record].pk,)),
            Stop("evidence:missing", (period.pk,)),
            Stop("trainings:messages"),
            Stop("trainings:messages", query="?stand=sent&termin=gibt-es-nicht"),
            Stop("trainings:messages", query="?q=niemand"),
            Stop("trainings:message", (dead.pk,)),
            Stop("trainings:message", (came_back.pk,)),
            Stop("trainings:announce", (runs[to_come].pk,)),
            Stop("trainings:announce", (runs[to_come].pk,), act=press("Ansehen", subject="")),
            Stop(
                "trainings:announce", (runs[to_come].pk,), act=press("Ansehen", subject="Anderer Eingang", text="Hof.")
            ),
            Stop("trainings:message_texts"),
            Stop("trainings:message_text", ("registered", "de")),
            Stop("trainings:message_text", ("offered", "en")),
            Stop("trainings:message_text", ("registered", "de"), act=press("Speichern", subject="{name}", closing="{")),
            Stop("trainings:message_text_preview", ("registered", "de")),
            Stop("trainings:legal_pages"),
            Stop("trainings:page_text", ("imprint", "de")),
            Stop("trainings:page_text", ("sign_language", "en")),
            Stop("trainings:page_text", ("privacy", "de"), act=press("Speichern", text="{name} [hier](javascript:x)")),
            Stop("trainings:page_text_preview", ("accessibility", "de")),
            Stop("imprint"),
            Stop("evidence:new_door", (door.period_id,)),
            Stop("evidence:new_door", (door.period_id,), act=press("Einrichten und Link senden", email="kein")),
            Stop("evidence:door", (door.pk,)),
            Stop("evidence:prolong_door", (door.pk,)),
            Stop("evidence:renew_door_link", (door.pk,)),
            Stop("evidence:close_door", (door.pk,)),
            Stop("evidence:answer_question", (asked_through_door.pk,)),
            Stop("evidence:door_link", (TOKEN,)),
            Stop("evidence:door_code", (TOKEN,)),
            Stop("evidence:door_code", (TOKEN,), act=press("Nachweise ansehen", code="1")),
            Stop("certificates:wording", ("de",)),
            Stop("certificates:wording", ("en",)),
            Stop("certificates:wording", ("de",), act=press("Speichern", certifies="{vorname}", closing="{")),
            Stop("certificates:revoke", (certified.number,)),
            Stop("certificates:revoke", (certified.number,), act=press("Widerrufen")),
            Stop("certificates:replace", (certified.number,)),
            Stop("certificates:replace", (certified.number,), act=press("Ersetzen")),
            Stop("certificates:correct_name", (yildiz.pk,)),
            Stop("certificates:correct_name", (yildiz.pk,), act=press("Speichern und ersetzen", last_name="")),
        ],
    }

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingsConfig(AppConfig):
    name = "trainings"
    verbose_name = _("Schulungen")

    def ready(self) -> None:
        # These need the models.
        from accounts import access, affiliation, backends, destinations, finding, profile, sign_in_mails  # noqa: PLC0415
        from accounts import people as accounts  # noqa: PLC0415
        from trainings import (  # noqa: F401, PLC0415  checks register themselves
            acts,
            additions,
            attendance,
            booking,
            bounces,
            calendars,
            catalogue,
            checks,
            completeness,
            first_steps,
            health,
            holding,
            mails,
            people,
            periodic,
            permissions,
            planning,
            queues,
            refreshers,
            retention,
            unsettled,
        )
        from trainings.forms.profile import CorrespondenceSection  # noqa: PLC0415

        mails.declare_ours()
        people.declare_ours()
        health.declare()
        additions.register(additions.Place.DESK, "trainings/planning/_first_steps.html", first_steps.first_steps)
        additions.register(
            additions.Place.DESK, "trainings/planning/_discrepancies.html", lambda _coordinator: health.found_in_data()
        )
        additions.register(
            additions.Place.DESK,
            "trainings/people/_without_address.html",
            lambda _coordinator: people.without_address(),
        )
        additions.register(
            additions.Place.DESK,
            "trainings/planning/_agreements_to_do.html",
            lambda _coordinator: planning.agreements_to_do(),
        )
        additions.register(additions.Place.DESK, "trainings/mails/_held.html", lambda _person: holding.holds())
        additions.register(additions.Place.DESK_LINKS, "trainings/legal_pages/_desk_link.html")
        additions.register(additions.Place.DESK_LINKS, "trainings/people/_desk_link.html")
        planning.on_minutes_changed.append(attendance.rescale)
        planning.on_preview_of_master_data.append(refreshers.remark_on_master_data)
        profile.register(CorrespondenceSection())
        destinations.register("trainings:register", catalogue.before_registering)
        destinations.register_home(permissions.home_of)
        access.register(calendars.revoke_all)
        affiliation.register(
            lambda person, since, by, reason: booking.follow_affiliation(
                person, since, acts.Act(by, acts.Channel.COORDINATION, reason)
            )
        )
        accounts.register(lambda person, old, _by, _reason: planning.end_contact_duty(person, old))
        accounts.register(lambda person, old, _by, _reason: planning.tell_new_contact(person, old))
        accounts.register(lambda person, old, _by, _reason: people.tell(person, old))
        accounts.register(lambda person, old, _by, _reason: people.welcome(person, old))
        backends.grant_coordinators(
            "trainings",
            to_see=[
                "funding",
                "venue",
                "course",
                "coursetargetgroup",
                "courserun",
                "session",
                "registration",
                "registrationevent",
                "message",
            ],
        )
        sign_in_mails.register(health.is_lane_open)
        queues.register("sign-in codes", health.Lane().look, backlog=health.sign_in_codes)
        queues.register("mails", mails.deliver_due, backlog=mails.backlog)
        minutes = timedelta(minutes=1)
        periodic.register("deadlines", booking.sweep, every=5 * minutes, label=_("Fristen und frei gewordene Plätze"))
        periodic.register(
            "words to find people by", finding.catch_up, every=5 * minutes, label=_("Suche nach Personen")
        )
        periodic.register("words of nobody", finding.forget_nobodys, every=24 * 60 * minutes)
        periodic.register("affiliations", affiliation.take_effect, every=60 * minutes, label=_("Wechsel der Behörde"))
        periodic.register("calendars by mail", calendars.catch_up, every=5 * minutes, label=_("Kalender per E-Mail"))
        periodic.register("mails of a clock that was ahead", mails.bring_back, every=60 * minutes)
        periodic.register("reminders", mails.remind, every=10 * minutes, label=_("Erinnerungen"))
        periodic.register(
            "refreshers", mails.remind_to_refresh, every=60 * minutes, label=_("Erinnerungen an Auffrischungen")
        )
        periodic.register("digests", mails.send_digests, every=10 * minutes, label=_("Morgendliche Übersicht"))
        periodic.register("bounces", bounces.fetch, every=5 * minutes, label=_("Postfach für zurückgekommene E-Mails"))
        periodic.register(
            "retention", retention.clean_up, every=60 * minutes, after_the_end=True, label=_("Löschfristen")
        )
        periodic.register(
            "retention of people",
            people.clean_up,
            every=60 * minutes,
            after_the_end=True,
            label=_("Löschfristen der Personen"),
        )
        unsettled.register(completeness.runs_without_scan)
        unsettled.before_looking(attendance.complete_changes)
        periodic.register("unsettled runs", unsettled.look_through, every=60 * minutes)
        periodic.register("verification of the data", health.verify, at_night=True, label=_("Prüfung der Daten"))
        periodic.register(
            "statistics of the database", health.gather_statistics, at_night=True, label=_("Zählung der Datenbank")
        )

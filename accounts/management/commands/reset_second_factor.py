"""The way back where there is no other coordinator."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import second_factor
from accounts.addresses import normalised
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Takes away all second factors of a person and ends their sessions; they set up a new one at the next sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        person = User.objects.filter(email=normalised(email)).first()
        if person is None:
            raise CommandError(f"Nobody has the address {email}.")
        self.stdout.write(f"{second_factor.reset(person, by=None)} second factors removed, all sessions ended.")

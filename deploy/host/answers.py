"""What can only the operator know? All of it is asked for at once, and nothing is guessed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

NONE = "none"  # an answer: there is no such thing


@dataclass(frozen=True)
class Question:
    name: str
    asked: str
    example: str
    may_be_none: bool = False
    where: Callable[[Mapping[str, str]], bool] = lambda _given: True

    def __str__(self) -> str:
        optional = f", or {NONE}" if self.may_be_none else ""
        return f"  {self.name:<20} {self.asked}; e.g. {self.example}{optional}"


def tls_is(way: str) -> Callable[[Mapping[str, str]], bool]:
    return lambda given: given.get("TLS") == way


QUESTIONS = [
    Question("ADDRESS", "host name under which people reach the site", "schulungen.kreis.example"),
    Question("SITE_NAME", "name of the site, in its header and in mails", "Schulungen im Kreis Beispiel"),
    Question("OPERATOR_NAME", "who offers the trainings, on every certificate", "Landkreis Beispiel"),
    Question("OPERATOR_UNIT", "the unit or project", "Stabsstelle Digitales"),
    Question("OPERATOR_PLACE", "place on certificates", "Musterstadt"),
    Question("CERTIFICATE_PREFIX", "first part of certificate numbers", "KRB"),
    Question("CONTACT_EMAIL", "shown to everybody; answers to mails go there", "schulungen@kreis.example"),
    Question("CONTACT_PHONE", "shown to everybody", "0261 000-000"),
    Question("DEFAULT_FROM_EMAIL", "sender of all mails, for good: a role mailbox", "Kurse <kurse@kreis.example>"),
    Question("EMAIL_URL", "the mail server that takes them", "smtp+tls://user:password@relay.kreis.example:587"),
    Question("BOUNCE_IMAP_URL", "mailbox for what comes back", "imaps://user:password@imap.kreis.example/INBOX", True),
    Question("COORDINATOR_EMAIL", "the first coordinator, who signs in by code", "vorname.nachname@kreis.example"),
    Question("TLS", "certificate, acme, or proxy: who speaks https", "certificate"),
    Question("TLS_CERTIFICATE", "file of certificate and chain", "/etc/ssl/kreis.pem", where=tls_is("certificate")),
    Question("TLS_KEY", "file with its key", "/etc/ssl/private/kreis.key", where=tls_is("certificate")),
    Question("ACME_EMAIL", "whom the authority writes to", "technik@kreis.example", where=tls_is("acme")),
    Question("PROXY_ADDRESSES", "addresses of the proxy, with commas", "192.0.2.10", where=tls_is("proxy")),
]  # fmt: skip
# Answers of this script alone: everything else goes into the settings.
OWN = {"ADDRESS", "COORDINATOR_EMAIL", "TLS", "TLS_CERTIFICATE", "TLS_KEY", "ACME_EMAIL", "PROXY_ADDRESSES"}
OWN |= {"BACKUPS_KEPT", "WEB_WORKERS", "PORT"}
HOST = re.compile(r"(?!-)[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def missing(given: Mapping[str, str]) -> list[Question]:
    return [question for question in QUESTIONS if question.where(given) and not given.get(question.name)]


def wrong(given: Mapping[str, str], known: set[str]) -> list[str]:
    """What is said, of all that is given and cannot be meant. Values are not repeated: some are secret."""
    said = [f"{name} is no setting and no answer." for name in sorted(given) if name not in known | OWN]
    if given.get("ADDRESS") and not HOST.fullmatch(given["ADDRESS"]):
        said.append("ADDRESS must be a host name in small letters, without https:// and without a path.")
    if given.get("TLS") and given["TLS"] not in {"certificate", "acme", "proxy"}:
        said.append("TLS must be certificate, acme or proxy.")
    said += [f"{question.name} cannot be {NONE}." for question in QUESTIONS
             if given.get(question.name) == NONE and not question.may_be_none]  # fmt: skip
    said += [f"{name} must be an e-mail address." for name in ("CONTACT_EMAIL", "COORDINATOR_EMAIL", "ACME_EMAIL")
             if given.get(name) and not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", given[name])]  # fmt: skip
    said += [f"{name} must be a number." for name in ("BACKUPS_KEPT", "WEB_WORKERS", "PORT")
             if given.get(name) and not given[name].isdecimal()]  # fmt: skip
    said += [f"{name} must be one line." for name, value in given.items() if "\n" in value]
    return said


def as_settings(given: Mapping[str, str], local_database: str) -> dict[str, str]:
    """What the answers mean to the site."""
    settings = {name: "" if value == NONE else value for name, value in given.items() if name not in OWN}
    derived = {
        "MIKO_ENV": "production",
        "PUBLIC_URL": f"https://{given['ADDRESS']}",
        "ALLOWED_HOSTS": given["ADDRESS"],
        "BEHIND_PROXY": "true",
        "DATABASE_URL": local_database,
    }
    return {**derived, **settings}

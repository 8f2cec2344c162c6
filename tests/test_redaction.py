"""Does no log hold an address by which somebody could read or act?"""

import io
import logging

import pytest

from config.redaction import redacted
from tests.feeds import subscribe
from trainings import calendars
from trainings.models import CalendarSubscription

Kind = CalendarSubscription.Kind
KINDS = list(Kind)
OUTLOOK = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)"


def test_logs_hold_no_secret(client, participant):
    handlers = [handler for handler in logging.getLogger().handlers if handler.name == "console"]
    [handler] = handlers
    address = subscribe(participant)
    calendars.revoke(calendars.subscriptions_of(participant).get())
    stream = handler.setStream(io.StringIO())
    try:
        assert client.get(address).status_code == 404
        logging.getLogger("django.server").info('"GET %s HTTP/1.1" 200', address)
        written = handler.stream.getvalue()
    finally:
        handler.setStream(stream)
    token = address.rpartition("/")[2].removesuffix(".ics")
    assert (token in written, written.count("/kalender/***")) == (False, 2)


def test_the_servers_own_log_holds_no_secret():
    glogging = pytest.importorskip("gunicorn.glogging")
    from config.access_log import Logger  # noqa: PLC0415  gunicorn is not there on Windows

    secret = CalendarSubscription.new_token()
    shown = glogging.Logger.atoms
    glogging.Logger.atoms = lambda *_arguments: {
        "U": f"/kalender/{secret}.ics",
        "r": f"GET /kalender/{secret}.ics",
        "B": 3,
    }
    try:
        atoms = Logger.__new__(Logger).atoms()
    finally:
        glogging.Logger.atoms = shown
    assert atoms == {"U": "/kalender/***", "r": "GET /kalender/***", "B": 3}


def test_the_servers_error_log_holds_no_secret(tmp_path):
    pytest.importorskip("gunicorn")
    from gunicorn.config import Config  # noqa: PLC0415  not there on Windows

    from config.access_log import Logger  # noqa: PLC0415

    config, secret = Config(), CalendarSubscription.new_token()
    config.set("errorlog", str(tmp_path / "error.log"))
    log = Logger(config)
    try:
        log.exception("Error handling request %s %s", "GET", f"/kalender/{secret}.ics")
    finally:
        for handler in list(log.error_log.handlers):
            log.error_log.removeHandler(handler)
            handler.close()
    written = (tmp_path / "error.log").read_text()
    assert (secret in written, "GET /kalender/***" in written) == (False, True)


@pytest.mark.parametrize("address", ["/kalender%2F{}.ics", "?cid=webcal%3A%2F%2Fmiko.example%2Fkalender%2f{}.ics&x=1"])
def test_an_encoded_address_is_no_way_into_the_log(address):
    secret = CalendarSubscription.new_token()
    assert secret not in redacted(address.format(secret))

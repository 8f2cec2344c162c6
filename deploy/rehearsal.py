"""What `deploy/rehearse` does inside the bare Debian: each part is checked and its figures printed."""

import email
import html
import http.cookiejar
import re
import shutil
import socketserver
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from email import policy
from pathlib import Path

HERE = Path("/root/rehearsal")
RELEASE = HERE / "release"
ADDRESS = "schulungen.kreis.example"
COORDINATOR = "vera.koch@kreis.example"
PORT = 8460
ANSWERS = f"""\
ADDRESS={ADDRESS}
SITE_NAME='$chulungen im "Kreis" Beispiel'
OPERATOR_NAME=Landkreis Beispiel
OPERATOR_UNIT=Stabsstelle
OPERATOR_PLACE=Musterstadt
CERTIFICATE_PREFIX=KRB
CONTACT_EMAIL=schulungen@kreis.example
CONTACT_PHONE=0261 000-000
DEFAULT_FROM_EMAIL=Schulungen <schulungen@kreis.example>
EMAIL_URL=smtp://127.0.0.1:2525
BOUNCE_IMAP_URL=none
COORDINATOR_EMAIL={COORDINATOR}
TLS=certificate
TLS_CERTIFICATE=/etc/ssl/kreis.pem
TLS_KEY=/etc/ssl/private/kreis.key
PORT={PORT}
"""
mails: list[email.message.EmailMessage] = []


def heading(text: str) -> None:
    print(f"=== {text}", flush=True)


def run(*words: object, fails: bool = False) -> tuple[str, float]:
    began = time.monotonic()
    command = [str(word) for word in words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    output = done.stdout + done.stderr
    if (done.returncode != 0) != fails:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{output}")
    return output, time.monotonic() - began


class MailServer(socketserver.StreamRequestHandler):
    """Takes every mail, as a relay does."""

    def handle(self) -> None:
        def say(line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        say("220 relay")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                say("354 go on")
                content = b""
                while (line := self.rfile.readline()) != b".\r\n":
                    content += line.removeprefix(b".") if line.startswith(b"..") else line
                mails.append(email.message_from_bytes(content, policy=policy.default))
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")


class Browser:
    """By https and nginx, as people come."""

    def __init__(self) -> None:
        context = ssl.create_default_context(cafile="/etc/ssl/kreis.pem")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        nobody = urllib.request.ProxyHandler({})
        self.opener = urllib.request.build_opener(nobody, urllib.request.HTTPSHandler(context=context), jar)
        self.url = f"https://{ADDRESS}/"

    def get(self, path: str) -> str:
        with self.opener.open(urllib.parse.urljoin(self.url, path), timeout=60) as answer:
            self.url = answer.url
            return str(answer.read(), "utf-8")

    def post(self, path: str, page: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, "no form"
        data = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        url = urllib.parse.urljoin(self.url, path)
        request = urllib.request.Request(url, data, {"Referer": url})
        with self.opener.open(request, timeout=60) as answer:
            self.url = answer.url
            return str(answer.read(), "utf-8")


def signed_in() -> Browser:
    browser = Browser()
    before = len(mails)
    browser.post("/anmelden/", browser.get("/anmelden/"), **{field_of(browser.get("/anmelden/")): COORDINATOR})
    until = time.monotonic() + 30
    while len(mails) == before and time.monotonic() < until:
        time.sleep(0.1)
    assert len(mails) > before, "no mail with a code came"
    body = mails[-1].get_body(("plain",))
    assert body
    text = body.get_content()
    code = re.search(r"^([A-Z0-9-]{5,12})\r?$", text, re.MULTILINE)
    assert code, text
    page = browser.get(browser.url)
    browser.post(browser.url, page, code=code[1])
    browser.get(
        "/koordination/"
    )  # leads to the second factor, or to one's own particulars, as long as they are missing
    assert "/anmelden/code" not in browser.url, browser.url
    assert "?next=" not in browser.url or "/anmelden/?" not in browser.url, browser.url
    print(f"    signed in, at {urllib.parse.urlsplit(browser.url).path}")
    return browser


def field_of(page: str) -> str:
    return "login" if 'name="login"' in page else "email"


class Load(threading.Thread):
    """People who open pages all the time; what is not 200 is counted, and how long the longest waited."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ending, self.number, self.longest = threading.Event(), 0, 0.0
        self.failures: list[str] = []

    def run(self) -> None:
        browser = Browser()
        while not self.ending.is_set():
            for path in ("/", "/anmelden/", "/kalender.ics"):
                began = time.monotonic()
                try:
                    browser.get(f"https://{ADDRESS}{path}")
                except OSError as error:
                    self.failures.append(f"{path}: {error}")
                self.number += 1
                self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.02)

    def end(self) -> str:
        self.ending.set()
        self.join(60)
        said = f"{self.number} requests meanwhile, {len(self.failures)} failed, the longest took {self.longest:.1f} s"
        return said + ("".join(f"\n    {failure}" for failure in self.failures[:5]))


def another(name: str, changes: dict[str, str]) -> Path:
    """The release with something appended to files of it: a next version."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(RELEASE, folder)
    for path, text in changes.items():
        with open(folder / path, "a", encoding="utf-8") as file:
            file.write(text)
    return folder


def current() -> str:
    return Path("/srv/miko/current").resolve().name


def prepare() -> None:
    """Around the site: a certificate, a mail server, the name of the site, a stand-in for systemd."""
    run("apt-get", "install", "-qq", "-y", "openssl")
    made = ["-out", "/etc/ssl/kreis.pem", "-keyout", "/etc/ssl/private/kreis.key"]
    names = ["-subj", f"/CN={ADDRESS}", "-addext", f"subjectAltName=DNS:{ADDRESS}"]
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *made)
    with open("/etc/hosts", "a", encoding="utf-8") as hosts:
        hosts.write(f"\n127.0.0.1 {ADDRESS}\n")
    socketserver.ThreadingTCPServer.allow_reuse_address = True  # one rehearsal after the other
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 2525), MailServer)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    shutil.copy(HERE / "systemctl.py", "/usr/bin/systemctl")
    Path("/usr/bin/systemctl").chmod(0o755)
    Path("/run/systemd/system").mkdir(parents=True)
    subprocess.Popen(["/usr/bin/systemctl", "serve"], start_new_session=True)
    (HERE / "answers").write_text(ANSWERS, encoding="utf-8")


def main() -> None:
    prepare()
    heading("From nothing to a site that answers")
    said, seconds = run(RELEASE / "deploy/miko", "install", "--answers", HERE / "answers", "--no-input")
    print(said.rstrip(), f"\n--- {seconds:.0f} s")
    first = current()
    assert html.escape('$chulungen im "Kreis" Beispiel', quote=False) in html.unescape(Browser().get("/")), "the name"

    heading("The first coordinator signs in by code")
    began = time.monotonic()
    signed_in()
    print(f"--- {time.monotonic() - began:.1f} s, {len(mails)} mail")

    heading("Once more: everything is as it was")
    settings = Path("/etc/miko/miko.env").read_bytes()
    said, seconds = run("miko", "install", "--no-input")
    changed = [line for line in said.splitlines() if ": done" in line]
    print("\n".join(changed), f"\n--- {seconds:.0f} s")
    assert settings == Path("/etc/miko/miko.env").read_bytes()
    assert len(changed) == 2, "tables looked at, services restarted"

    heading("A backup while people ask")
    said, seconds = run("miko", "backup")
    print(said.rstrip(), f"\n--- {seconds:.1f} s")
    copy = sorted(Path("/var/backups/miko").glob("*.dump"))[-1]

    heading("An upgrade under load")
    load = Load()
    load.start()
    following = another("next", {"CHANGELOG.md": "\n"})
    said, seconds = run(following / "deploy/miko", "upgrade")
    print(said.rstrip(), f"\n--- {seconds:.0f} s; {load.end()}")
    second = current()
    assert second != first
    assert not load.failures

    heading("An upgrade to a version that does not start: back by itself")
    load = Load()
    load.start()
    broken = another("broken", {"config/wsgi.py": "\nraise RuntimeError('no')\n"})
    said, seconds = run(broken / "deploy/miko", "upgrade", fails=True)
    print(said.rstrip(), f"\n--- {seconds:.0f} s; {load.end()}")
    assert current() == second

    heading("A rollback")
    load = Load()
    load.start()
    said, seconds = run("miko", "rollback")
    print(said.rstrip(), f"\n--- {seconds:.1f} s; {load.end()}")
    assert current() == first
    assert not load.failures

    heading("A restore")
    said, seconds = run("miko", "restore", copy, "--yes")
    print(said.rstrip(), f"\n--- {seconds:.1f} s")
    signed_in()
    print("The coordinator signs in again.")

    heading("What doctor says")
    said, _ = run("miko", "doctor", fails=True)  # nothing here but what is invented for this rehearsal
    wrong = re.findall(r"^  - (.+)$", said.partition("What does not work:")[2], re.MULTILINE)
    print("\n".join(wrong))
    assert all(" is an invented one: " in line for line in wrong)


main()

"""Open Badges: that a stranger's program finds them good, until they are not; and who gets to see what."""

import base64
import gzip
import hashlib
import io
import json
import re
from urllib.parse import urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.core import checks as django_checks
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openbadgeslib.ob3.credential import OpenBadgeCredential
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from pypdf import PdfReader

from certificates import proof
from certificates.models import Certificate
from certificates.paper import page as paper
from certificates.paper import render
from certificates.proof import badges
from tests import builders
from tests.certificates.builders import build_certificate, build_finished_run
from tests.certificates.paper.test_page import failures
from tests.certificates.proof.keys import PASSWORD, build_badge_key, build_seal, public_half
from trainings.models import Message

pytestmark = pytest.mark.slow

SITE = "https://schulungen.example"


@pytest.fixture(autouse=True)
def key(settings) -> str:
    settings.PUBLIC_URL = SITE
    settings.CERTIFICATE_BADGE_KEY = build_badge_key()
    return settings.CERTIFICATE_BADGE_KEY


@pytest.fixture
def run(db):
    course = builders.build_course("Grundlagen", slug="grundlagen", with_badge=True)
    return build_finished_run(course=course, required_attendance_percent=75)


@pytest.fixture
def certificate(run, coordinator, participant) -> Certificate:
    return build_certificate(participant, by=coordinator, run=run)


# --- A verifier that has nothing but the badge and the network --------------------------------------------------------


def fetched(url: str) -> bytes:
    """What the public address answers to anybody."""
    assert url.startswith(f"{SITE}/")
    response = Client().get(urlsplit(url).path)
    assert response.status_code == 200, url
    return response.content


def part(token: str, number: int) -> dict:
    return json.loads(decoded(token.split(".")[number]))


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(token: str) -> Ed25519PublicKey:
    """From the address in the header, not from the key beside it."""
    jwk = json.loads(fetched(part(token, 0)["kid"]))
    assert set(jwk) == {"kty", "crv", "x"}
    return Ed25519PublicKey.from_public_bytes(decoded(jwk["x"]))


def verified(token: str) -> OpenBadgeCredential:
    """By openbadgeslib, with the key and the status list it fetches. Raises OB3VerificationError."""
    pem = key_of(token).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return OB3Verifier(pem).verify(token, check_status=True, download=fetched)


def test_another_library_finds_the_badge_good(certificate):
    found = verified(certificate.badge)

    assert (found.id, found.name) == (certificate.snapshot["check_url"], "Grundlagen")
    assert found.issuer.id == f"{SITE}/badges/aussteller.json"
    assert found.issuance_date == certificate.issued_at.replace(microsecond=0)
    assert found.achievement.id == f"{SITE}/schulungen/grundlagen/"
    assert found.achievement.criteria_narrative == (
        "Bescheinigt wird, wer mindestens 75 % der Unterrichtszeit anwesend war. "
        "Über begründete Ausnahmen entscheidet die Koordination."
    )
    assert found.achievement.description == "Kulturbegriff und Wahrnehmung; Stereotype und Vorurteile"
    assert found.raw["credentialSubject"]["narrative"] == "Teilgenommen: 8 UE (6 Std.) von 8 UE (6 Std.)."


def test_the_signature_is_of_these_bytes_by_the_published_key(certificate):
    signed, _dot, signature = certificate.badge.rpartition(".")
    key = key_of(certificate.badge)

    key.verify(decoded(signature), signed.encode())
    with pytest.raises(InvalidSignature):
        key.verify(decoded(signature), signed.encode() + b"A")
    assert part(certificate.badge, 0)["jwk"]["x"] in fetched(part(certificate.badge, 0)["kid"]).decode()
    assert sorted(part(certificate.badge, 0)) == ["alg", "jwk", "kid", "typ"]  # others are not allowed (8.2.3)


def test_the_claims_are_those_the_standard_wants_beside_the_credential(certificate):
    payload = part(certificate.badge, 1)

    assert payload["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert payload["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert (payload["iss"], payload["jti"]) == (payload["issuer"]["id"], payload["id"])
    assert payload["sub"] == payload["credentialSubject"]["id"]
    assert payload["nbf"] == int(certificate.issued_at.timestamp())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", payload["validFrom"])
    required = {"id", "type", "name", "description", "criteria"}
    assert required <= set(payload["credentialSubject"]["achievement"])


def test_the_person_is_there_as_a_salted_hash_only(certificate, participant):
    payload = part(certificate.badge, 1)
    [identity] = payload["credentialSubject"]["identifier"]

    assert identity == {
        "type": "IdentityObject",
        "identityType": "emailAddress",
        "hashed": True,
        "salt": identity["salt"],
        "identityHash": "sha256$" + hashlib.sha256(f"yildiz@mayen.example{identity['salt']}".encode()).hexdigest(),
    }
    assert len(identity["salt"]) == 32
    in_clear = json.dumps(payload, ensure_ascii=False)
    assert [word in in_clear for word in ("Yıldız", "Ayşe", "yildiz", "mayen.example")] == [False] * 4


def test_an_english_badge_speaks_english(run, coordinator, participant):
    participant.language = "en"
    participant.save()

    subject = part(build_certificate(participant, by=coordinator, run=run).badge, 1)["credentialSubject"]

    assert subject["narrative"] == "Attended: 8 units (6 h) of 8 units (6 h)."
    assert subject["achievement"]["criteria"]["narrative"].startswith("Certified to those who were present for at")


def test_a_changed_badge_is_not_good(certificate):
    header, payload, signature = certificate.badge.split(".")
    more = json.loads(decoded(payload))
    more["credentialSubject"]["narrative"] = "Teilgenommen: 80 UE"
    changed = base64.urlsafe_b64encode(json.dumps(more).encode()).rstrip(b"=").decode()

    with pytest.raises(OB3VerificationError):
        verified(f"{header}.{changed}.{signature}")


# --- Status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["revoked_at", "replaced_at"])
def test_a_badge_that_was_revoked_or_replaced_is_no_longer_good(
    certificate, run, coordinator, other_participant, ended
):
    other = build_certificate(other_participant, by=coordinator, run=run)
    verified(certificate.badge)

    Certificate.objects.filter(pk=certificate.pk).update(**{ended: timezone.now()})

    with pytest.raises(OB3VerificationError, match=f"status 'revocation' is set at index {certificate.pk} in {SITE}"):
        verified(certificate.badge)
    assert verified(other.badge).id == other.snapshot["check_url"]


def test_the_list_of_a_later_number_has_the_later_certificates(certificate):
    Certificate.objects.filter(pk=certificate.pk).update(id=badges.LIST_SIZE + 9, revoked_at=timezone.now())

    subject = part(proof.status_list(1), 1)["credentialSubject"]
    bits = gzip.decompress(decoded(subject["encodedList"].removeprefix("u")))

    assert len(bits) * 8 == badges.LIST_SIZE == 131_072
    assert [number for number, byte in enumerate(bits) if byte] == [1]
    assert bits[1] == 0b0100_0000  # index 9: the first bit is the leftmost
    assert Client().get(reverse("certificates:badge_status", args=[2])).status_code == 404


def test_the_list_takes_two_queries_and_may_be_kept_for_minutes(certificate, django_assert_num_queries):
    with django_assert_num_queries(2):
        response = Client().get(reverse("certificates:badge_status", args=[0]))

    assert (response["Content-Type"], response["Cache-Control"]) == ("application/vc+jwt", "public, max-age=300")
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"  # checked by scripts of other sites
    assert (response["Access-Control-Allow-Origin"], "Set-Cookie" in response) == ("*", False)


# --- Keys and issuer --------------------------------------------------------------------------------------------------


def test_the_issuer_says_who_it_is():
    assert json.loads(fetched(f"{SITE}/badges/aussteller.json")) == {
        "@context": badges.CONTEXT,
        "id": f"{SITE}/badges/aussteller.json",
        "type": ["Profile"],
        "name": "Landkreis Mayen-Koblenz",
        "url": SITE,
        "email": "schulungen@kreis-myk.example",
    }


def test_after_a_change_of_keys_the_old_badges_are_still_good(settings, certificate, key):
    settings.CERTIFICATE_BADGE_KEY = build_badge_key()
    assert Client().get(urlsplit(part(certificate.badge, 0)["kid"]).path).status_code == 404

    settings.CERTIFICATE_BADGE_FORMER_KEYS = public_half(build_badge_key()) + public_half(key)

    signed, _dot, signature = certificate.badge.rpartition(".")
    key_of(certificate.badge).verify(decoded(signature), signed.encode())


def test_the_private_half_is_never_published(certificate):
    keys = [part(token, 0)["jwk"] for token in (certificate.badge, fetched(f"{SITE}/badges/status/0/").decode())]
    keys.append(json.loads(fetched(part(certificate.badge, 0)["kid"])))

    assert [sorted(jwk) for jwk in keys] == [["crv", "kty", "x"]] * 3


def test_without_a_key_there_are_no_badges(settings, run, coordinator, participant):
    settings.CERTIFICATE_BADGE_KEY = ""
    certificate = build_certificate(participant, by=coordinator, run=run)

    assert (certificate.is_ready, certificate.badge, certificate.snapshot["badge"]) == (True, "", None)
    assert PdfReader(io.BytesIO(bytes(certificate.pdf))).attachments == {}
    for name, args in (("badge_issuer", []), ("badge_key", ["x"]), ("badge_status", [0])):
        assert Client().get(reverse(f"certificates:{name}", args=args)).status_code == 404


def test_a_course_without_badges_has_none(coordinator, participant):
    assert build_certificate(participant, by=coordinator).badge == ""


def elliptic_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: "Guten Tag", "Der Schlüssel für Open Badges ist nicht lesbar."),
        (elliptic_key, "Der Schlüssel für Open Badges ist kein Ed25519-Schlüssel."),
    ],
)
def test_a_key_that_does_not_sign_is_told_and_prints_nothing(settings, run, coordinator, participant, wrong, why):
    settings.CERTIFICATE_BADGE_KEY = wrong()

    certificate = build_certificate(participant, by=coordinator, run=run)

    assert (certificate.failure, certificate.is_ready, certificate.badge) == (why, False, "")
    assert Message.objects.count() == 0
    found = {warning.id: warning.msg for warning in django_checks.run_checks()}
    assert found["certificates.W004"].startswith("Certificates with a badge cannot be printed: ")
    assert Client().get(reverse("certificates:badge_key", args=["x"])).status_code == 404


def test_the_check_is_silent_with_a_good_key():
    assert "certificates.W004" not in {warning.id for warning in django_checks.run_checks()}


# --- In the PDF, and as a file ----------------------------------------------------------------------------------------


def test_the_pdf_carries_the_badge_and_stays_accessible_and_the_same(certificate):
    pdf = bytes(certificate.pdf)
    reader = PdfReader(io.BytesIO(pdf))

    assert reader.attachments == {"open-badge.jwt": [certificate.badge.encode()]}
    file = reader.trailer["/Root"]["/AF"][0].get_object()
    assert (file["/AFRelationship"], file["/Desc"]) == ("/Supplement", "Open Badge 3.0")
    assert file["/EF"]["/F"].get_object()["/Subtype"] == "/application/vc+jwt"
    assert failures(pdf) == []
    assert paper.pdf(certificate.snapshot, badge=proof.badge_credential(certificate)) == pdf


def test_a_badge_is_made_once(certificate, settings):
    before = certificate.badge
    settings.CERTIFICATE_BADGE_KEY = build_badge_key()

    assert render(Certificate.objects.get(pk=certificate.pk)).badge == before


def test_badge_and_seal_go_together(settings, tmp_path, run, coordinator, participant):
    settings.CERTIFICATE_SEAL_FILE = str(build_seal(tmp_path).file)
    settings.CERTIFICATE_SEAL_PASSWORD = PASSWORD

    certificate = build_certificate(participant, by=coordinator, run=run)

    pdf = bytes(certificate.pdf)
    assert certificate.sealed_at is not None
    assert PdfReader(io.BytesIO(pdf)).attachments == {"open-badge.jwt": [certificate.badge.encode()]}
    assert failures(pdf) == []


def test_only_the_owner_fetches_the_badge_while_it_is_valid(
    client, signed_in, coordinator, participant, other_participant, certificate
):
    url = reverse("certificates:badge", args=[certificate.number])

    assert client.get(url).status_code == 302
    assert [signed_in(person).get(url).status_code for person in (coordinator, other_participant)] == [404, 404]
    response = signed_in(participant).get(url)
    assert (response.status_code, response.content.decode()) == (200, certificate.badge)
    assert response["Content-Type"] == "application/vc+jwt"
    assert response["Content-Disposition"] == f'attachment; filename="Open-Badge-{certificate.number}.jwt"'
    Certificate.objects.filter(pk=certificate.pk).update(revoked_at=timezone.now())
    assert signed_in(participant).get(url).status_code == 404


def test_the_list_offers_a_badge_where_there_is_one(signed_in, coordinator, participant, certificate):
    without = build_certificate(participant, by=coordinator)

    page = signed_in(participant).get(reverse("certificates:list")).content.decode()

    assert f"/bescheinigungen/{certificate.number}.jwt" in page
    assert f"/bescheinigungen/{without.number}.jwt" not in page
    assert f"/bescheinigungen/{without.number}.pdf" in page

"""The seal holds for two strangers' programs, the file stays accessible, and nothing says it is sealed that is not."""

import datetime as dt
import hashlib
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pkcs11
import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core import checks as django_checks
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certificates import issuing, proof
from certificates.models import Certificate
from certificates.paper import page as paper
from certificates.paper import render
from certificates.proof import pades
from tests.certificates.builders import build_certificate, build_snapshot
from tests.certificates.paper.test_page import failures, text_of
from tests.certificates.proof.keys import PASSWORD, Seal, build_seal, der, pem
from trainings.acts import Act
from trainings.models import Message

pytestmark = pytest.mark.slow

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture
def seal(settings, tmp_path) -> Seal:
    """Set up as an operator would."""
    seal = build_seal(tmp_path)
    use(settings, seal)
    return seal


def use(settings, seal: Seal) -> None:
    settings.CERTIFICATE_SEAL_FILE, settings.CERTIFICATE_SEAL_PASSWORD = str(seal.file), PASSWORD


def sealed_paper(**changes) -> bytes:
    return proof.seal(paper.pdf(build_snapshot(sealed=True, **changes)))


def verdict(pdf: bytes, seal: Seal):
    """What pyHanko finds, trusting the authority that issued the seal's certificate."""
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    trust = ValidationContext(trust_roots=[asn1.Certificate.load(der(seal.root))], allow_fetching=False)
    return validate_pdf_signature(signature, trust)


def openssl_verifies(pdf: bytes, seal: Seal, folder: Path) -> bool:
    """Whether OpenSSL finds that the signature is of the bytes around it, by a key of that authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    [numbers] = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", pdf)
    start, length, second, rest = map(int, numbers)
    assert (start, second + rest) == (0, len(pdf))
    padded = bytes.fromhex(pdf[length + 1 : second - 1].decode())
    size = 4 + int.from_bytes(padded[2:4], "big")  # of the outermost DER sequence; zeros follow
    (folder / "signature.der").write_bytes(padded[:size])
    (folder / "content").write_bytes(pdf[:length] + pdf[second:])
    (folder / "root.pem").write_bytes(pem(seal.root))
    command = "openssl cms -verify -binary -inform DER -in signature.der -content content -CAfile root.pem -purpose any"
    return subprocess.run([*command.split(), "-out", "out"], cwd=folder, capture_output=True).returncode == 0


# --- The file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("elliptic", [False, True])
def test_two_programs_find_the_seal_good_and_the_file_stays_accessible(settings, tmp_path, elliptic):
    seal = build_seal(tmp_path, elliptic=elliptic)
    use(settings, seal)
    pdf = sealed_paper()

    found = verdict(pdf, seal)
    assert (found.intact, found.valid, found.trusted, found.bottom_line) == (True, True, True, True)
    assert (found.coverage.name, found.docmdp_ok) == ("ENTIRE_FILE", True)
    assert found.signing_cert.subject.native == {"common_name": "Kreisverwaltung (Siegel)"}
    assert openssl_verifies(pdf, seal, tmp_path)
    assert b"/SubFilter /ETSI.CAdES.detached" in pdf
    assert failures(pdf) == []
    assert b"\r\nendstream" not in pdf[pdf.index(b"/Type /Sig\n") :]


def test_a_changed_letter_is_found(seal, tmp_path):
    pdf = sealed_paper()
    changed = pdf.replace(b"/TU (Elektronisches Siegel)", b"/TU (Elektronisches siegel)")
    assert changed != pdf

    assert verdict(changed, seal).intact is False
    assert openssl_verifies(changed, seal, tmp_path) is False


def test_a_seal_of_somebody_else_is_not_trusted(seal, tmp_path):
    (tmp_path / "other").mkdir()
    other = build_seal(tmp_path / "other")
    pdf = sealed_paper()

    assert (verdict(pdf, other).intact, verdict(pdf, other).bottom_line) == (True, False)
    assert openssl_verifies(pdf, other, tmp_path) is False


def test_the_sentence_is_there_with_a_seal_only():
    sentences = {"de": "Die PDF-Datei trägt ein elektronisches Siegel.", "en": "The PDF file bears an electronic seal."}
    for language, sentence in sentences.items():
        for sealed in (True, False):
            assert (sentence in text_of(paper.pdf(build_snapshot(language=language, sealed=sealed)))) is sealed


def test_a_signature_whose_addresses_end_ambiguously_is_made_again(seal, monkeypatch):
    """As one in 256 does; the validator refuses it (ISO 19005-3, 6.1.7.1)."""
    rooms = []

    class Signer(pades.PdfSigner):
        def sign_pdf(self, *args, bytes_reserved, output, **kwargs):
            super().sign_pdf(*args, bytes_reserved=bytes_reserved, output=output, **kwargs)
            rooms.append(bytes_reserved)
            if len(rooms) == 1:
                output.seek(0, io.SEEK_END)
                output.write(b"\r\nendstream")

    monkeypatch.setattr(pades, "PdfSigner", Signer)
    pdf = sealed_paper()

    assert rooms[1] == rooms[0] + 2
    assert failures(pdf) == []


# --- Issuing ----------------------------------------------------------------------------------------------------------


def test_an_issued_certificate_is_sealed_when_it_is_printed(seal, coordinator, participant):
    before = timezone.now()
    certificate = build_certificate(participant, by=coordinator)

    pdf = bytes(certificate.pdf)
    assert certificate.snapshot["sealed"] is True
    assert before < certificate.sealed_at == certificate.rendered_at
    assert certificate.sha256 == hashlib.sha256(pdf).hexdigest()
    assert verdict(pdf, seal).bottom_line is True


def test_without_a_seal_nothing_says_there_is_one(coordinator, participant):
    certificate = build_certificate(participant, by=coordinator)

    pdf = bytes(certificate.pdf)
    assert (certificate.snapshot["sealed"], certificate.sealed_at) == (False, None)
    assert (b"/Sig" in pdf, "Siegel" in text_of(pdf)) == (False, False)


def test_what_was_issued_before_there_were_seals_is_printed_without(coordinator, participant, seal):
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    del certificate.snapshot["sealed"], certificate.snapshot["badge"]
    certificate.save()

    assert render(certificate).sealed_at is None


def day(days: int) -> str:
    return f"{timezone.localdate() + dt.timedelta(days=days):%d.%m.%Y}"


def no_file(settings, seal):
    seal.file.unlink()


def no_container(settings, seal):
    seal.file.write_bytes(b"Guten Tag")


def wrong_password(settings, seal):
    settings.CERTIFICATE_SEAL_PASSWORD = "Aschermittwoch"


def switched_off(settings, seal):
    settings.CERTIFICATE_SEAL_FILE = ""


BROKEN = [
    (no_file, "Die Datei mit dem Siegel lässt sich nicht lesen: [Errno 2] No such file or directory"),
    (no_container, "Die Datei mit dem Siegel lässt sich nicht öffnen: Could not deserialize PKCS12 data"),
    (wrong_password, "Die Datei mit dem Siegel lässt sich nicht öffnen: Invalid password or PKCS12 data"),
    (switched_off, "Es ist kein Siegel eingerichtet."),
]


@pytest.mark.parametrize(("broken", "why"), BROKEN)
def test_what_cannot_be_sealed_is_not_printed_and_becomes_a_task(
    settings, seal, signed_in, coordinator, participant, broken, why
):
    certificate = build_certificate(participant, by=coordinator, rendered=False)
    broken(settings, seal)

    certificate = render(certificate)

    assert certificate.failure.startswith(why)
    assert (certificate.is_ready, certificate.pdf, certificate.sealed_at) == (False, None, None)
    assert Message.objects.count() == 0
    page = signed_in(coordinator).get(f"/koordination/termine/{certificate.registration.run_id}/bescheinigungen/")
    assert why.partition(":")[0] in page.content.decode()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"days": (-100, -2)}, f"Das Zertifikat des Siegels ist am {day(-2)} abgelaufen."),
        ({"days": (2, 100)}, f"Das Zertifikat des Siegels gilt erst ab {day(2)}."),
        ({"bare": True}, "Die Datei mit dem Siegel lässt sich nicht öffnen: a key (RSA or ECDSA) with its certificate"),
    ],
)
def test_a_certificate_out_of_its_time_or_missing_seals_nothing(
    settings, tmp_path, coordinator, participant, made, why
):
    use(settings, build_seal(tmp_path, **made))

    certificate = build_certificate(participant, by=coordinator)

    assert certificate.failure.startswith(why)
    assert certificate.is_ready is False


def test_after_the_seal_is_mended_it_is_issued_anew(settings, seal, coordinator, participant):
    settings.CERTIFICATE_SEAL_PASSWORD = "Aschermittwoch"
    failed = build_certificate(participant, by=coordinator)
    assert failed.failure
    settings.CERTIFICATE_SEAL_PASSWORD = PASSWORD

    [again] = issuing.issue(failed.registration.run, Act(coordinator))

    assert render(again).sealed_at is not None
    assert Certificate.objects.valid().get() == again


def test_without_the_extra_package_nothing_is_printed(seal, coordinator, participant, monkeypatch):
    monkeypatch.delitem(sys.modules, "certificates.proof.pades")
    monkeypatch.delattr(proof, "pades")
    monkeypatch.setitem(sys.modules, "pkcs11", None)

    certificate = build_certificate(participant, by=coordinator)

    assert (certificate.failure, certificate.is_ready) == ("Für das Siegel fehlt ein Paket: pkcs11", False)


def test_a_process_loads_the_key_once(seal):
    first = sealed_paper()
    seal.file.unlink()

    assert verdict(first, seal).bottom_line is verdict(sealed_paper(), seal).bottom_line is True


# --- A key on a token -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SOFTHSM.exists(), reason="SoftHSM is not installed (apt-get install softhsm2)")
def test_a_key_on_a_token_seals_too_and_a_wrong_pin_is_tried_once(settings, tmp_path, monkeypatch):
    seal = build_seal(tmp_path)
    load_token(seal, tmp_path, monkeypatch)
    settings.CERTIFICATE_SEAL_MODULE, settings.CERTIFICATE_SEAL_TOKEN = str(SOFTHSM), "amtssiegel"
    settings.CERTIFICATE_SEAL_KEY, settings.CERTIFICATE_SEAL_PIN = "kreis", "0000"
    page = paper.pdf(build_snapshot(sealed=True))

    for _time in range(5):
        with pytest.raises(proof.NotSealable, match="hat die PIN abgelehnt"):
            proof.seal(page)
    settings.CERTIFICATE_SEAL_PIN = "4711"  # not locked
    settings.CERTIFICATE_SEAL_KEY = "stadt"
    with pytest.raises(proof.NotSealable, match="Could not find certificate with label 'stadt'"):
        proof.seal(page)
    settings.CERTIFICATE_SEAL_KEY = "kreis"
    pdf = proof.seal(page)

    assert verdict(pdf, seal).bottom_line is True
    assert openssl_verifies(pdf, seal, tmp_path)
    assert failures(pdf) == []

    pades.from_token(str(SOFTHSM), "amtssiegel", "kreis", "4711").pkcs11_session.close()  # pulled out
    with pytest.raises(proof.NotSealable, match="SessionHandleInvalid"):
        proof.seal(page)
    assert verdict(proof.seal(page), seal).bottom_line is True


def load_token(seal: Seal, folder: Path, monkeypatch) -> None:
    """A SoftHSM token with the key, its certificate and that of the authority."""
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    (folder / "key.pem").write_bytes(seal.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for command in (
        "softhsm2-util --init-token --free --label amtssiegel --so-pin 12345678 --pin 4711",
        "softhsm2-util --import key.pem --token amtssiegel --label kreis --id 01 --pin 4711",
    ):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    with pkcs11.lib(str(SOFTHSM)).get_token(token_label="amtssiegel").open(user_pin="4711", rw=True) as session:
        for label, certificate in (("kreis", seal.certificate), ("stelle", seal.root)):
            session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.LABEL: label,
                    pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
                    pkcs11.Attribute.VALUE: der(certificate),
                }
            )


# --- manage.py check --------------------------------------------------------------------------------------------------


def warnings(**options) -> dict[str, str]:
    found = [
        warning
        for warning in django_checks.run_checks(**options)
        if warning.id in {"certificates.W002", "certificates.W003"}
    ]
    return {warning.id: warning.msg for warning in found}


def test_the_check_is_silent_without_a_seal_and_with_a_good_one(settings, tmp_path):
    assert warnings() == {}
    use(settings, build_seal(tmp_path))
    assert warnings() == {}


def test_the_check_says_what_is_wrong_with_the_seal(settings, seal):
    settings.CERTIFICATE_SEAL_PASSWORD = "Aschermittwoch"

    [said] = warnings().values()
    assert said.startswith("Certificates cannot be sealed, so none is printed: ")
    assert said.endswith(": Invalid password or PKCS12 data")


def test_the_check_says_when_the_seal_is_about_to_end(settings, tmp_path):
    use(settings, build_seal(tmp_path, days=(-300, 20)))

    assert warnings()["certificates.W003"].endswith("; after that, nothing can be sealed.")


@pytest.mark.django_db  # other checks for production read it
def test_a_token_is_opened_by_the_check_for_production_only(settings):
    settings.CERTIFICATE_SEAL_MODULE = "/nirgends/token.so"

    missing = "the file /nirgends/token.so, CERTIFICATE_SEAL_TOKEN, CERTIFICATE_SEAL_KEY, CERTIFICATE_SEAL_PIN missing"
    assert warnings() == {"certificates.W002": f"Certificates cannot be sealed, so none is printed: {missing}"}
    deployed = [
        warning.msg
        for warning in django_checks.run_checks(include_deployment_checks=True)
        if warning.id == "certificates.W002"
    ]
    assert len(deployed) == 2
    assert "cannot open shared object file" in deployed[1]

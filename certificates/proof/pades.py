"""How is a PDF sealed? As PAdES B-B (ETSI EN 319 142-1), certified against any change, in the field drawn for it.

The sealed file stays PDF/UA-1 and PDF/A-3a: metadata and page are left as they were drawn. A key is loaded once in
each process. Import this module inside functions: pyHanko comes with the extra ``seal`` and takes half a second.
"""

import datetime as dt
import io
from contextlib import suppress
from functools import cache
from pathlib import Path

from asn1crypto import x509  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from pkcs11 import PKCS11Error
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.proof.signature_field import NAME

DIGEST = "sha256"
TRIES = 8  # one in 256 signatures needs a second try
BESIDE_CERTIFICATES = 3072  # bytes of a signature; RSA-4096 takes 1,600


class Writer(IncrementalPdfFileWriter):
    """Leaves the metadata alone, which pyHanko would write anew, and so that it is no longer PDF/A."""

    def _update_meta(self) -> None:
        pass


class FileSigner(Signer):
    """Signs with a private key in memory. (pyHanko's own reads and checks the key anew for every signature.)"""

    def __init__(
        self,
        key: RSAPrivateKey | EllipticCurvePrivateKey,
        certificate: x509.Certificate,
        others: SimpleCertificateStore,
    ) -> None:
        super().__init__(signing_cert=certificate, cert_registry=others)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:  # only asks how long a signature may be; DER adds a few bytes to the two numbers of ECDSA
            return bytes(2 * (self._key.key_size // 8) + 16)
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        return self._key.sign(data, ECDSA(SHA256()))


@cache
def from_file(path: str, password: str) -> Signer:
    """With the key and certificates of a PKCS#12 file. Raises OSError, or ValueError for what cannot be used."""
    contents = load_pkcs12(Path(path).read_bytes(), password.encode() or None)
    key, certificate = contents.key, contents.cert
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey) or certificate is None:
        raise ValueError("a key (RSA or ECDSA) with its certificate is wanted")
    if certificate.certificate.public_key() != key.public_key():
        raise ValueError("the certificate is not that of the key")
    others = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for one in [certificate, *contents.additional_certs]:
        others.register(_as_asn1(one.certificate.public_bytes(Encoding.DER)))
    return FileSigner(key, _as_asn1(certificate.certificate.public_bytes(Encoding.DER)), others)


@cache
def from_token(module: str, token: str, key: str, pin: str) -> Signer:
    """With a key that stays on a PKCS#11 token, where its certificate has the same label. Raises PKCS11Error."""
    session = open_pkcs11_session(module, token_criteria=TokenCriteria(label=token), user_pin=pin)
    try:
        found = PKCS11Signer(session, key_label=key, cert_label=key, other_certs_to_pull=None)
        path = _path(found.signing_cert, list(found.cert_registry))
    except Exception:
        session.close()  # a token takes no second login
        raise
    return PKCS11Signer(session, key_label=key, signing_cert=found.signing_cert, ca_chain=path)


def let_go(signer: Signer) -> None:
    """Release the token, if there is one: the next seal opens it again."""
    if isinstance(signer, PKCS11Signer):
        from_token.cache_clear()
        with suppress(PKCS11Error):  # the token may have been pulled out
            signer.pkcs11_session.close()


def validity(signer: Signer) -> tuple[dt.datetime, dt.datetime]:
    """From when to when the certificate of the seal is good."""
    return signer.signing_cert.not_valid_before, signer.signing_cert.not_valid_after  # type: ignore[union-attr]


def sealed(pdf: bytes, signer: Signer) -> bytes:
    """The file with the seal appended; RSA signs with PKCS #1 v1.5."""
    metadata = PdfSignatureMetadata(
        field_name=NAME,
        md_algorithm=DIGEST,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    for spare in range(0, 2 * TRIES, 2):
        output = io.BytesIO()
        PdfSigner(metadata, signer).sign_pdf(
            Writer(io.BytesIO(pdf)), existing_fields_only=True, bytes_reserved=_room(signer) + spare, output=output
        )
        # The list of addresses that pyHanko appends is compressed: as in trainings/printing/pdf.py, it must not end
        # with CR. A longer signature gives other addresses.
        if b"\r\nendstream" not in output.getvalue()[len(pdf) :]:
            break
    return output.getvalue()


def _room(signer: Signer) -> int:
    """Hexadecimal digits for the signature. (pyHanko would sign once more to find out, which doubles the time.)"""
    certificates = [signer.signing_cert, *signer.cert_registry]
    return 2 * (sum(len(certificate.dump()) for certificate in certificates) + BESIDE_CERTIFICATES)


def _path(certificate: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate]:
    """Of all that lie on a token those above the certificate, as far as they are there."""
    path: list[x509.Certificate] = []
    while above := [one for one in others if one.subject == certificate.issuer and one not in [certificate, *path]]:
        certificate = above[0]
        path.append(certificate)
    return path


def _as_asn1(der: bytes) -> x509.Certificate:
    return x509.Certificate.load(der)

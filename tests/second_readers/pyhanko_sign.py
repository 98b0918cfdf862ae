#!/usr/bin/env python3
"""Signs a PDF with pyHanko, as a stranger to this house would.

    pyhanko_sign.py FILE -o OUT [--field NAME] [--visible] [--key KEY.pem --cert CERT.pem [--chain CHAIN.pem]]
                    [--save-cert CERT.pem]

Without --key a self-signed P-256 certificate is made up. A field that does not exist is created (invisible unless
--visible). Earlier certifications are not obeyed: what a stranger may do is for the verifier to judge. Needs the
Python package pyHanko.
"""

import argparse
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asn1crypto import keys, pem, x509
from cryptography import x509 as made
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore


def made_up() -> tuple[bytes, bytes]:
    """A key and a certificate of its own, both DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = made.Name([made.NameAttribute(NameOID.COMMON_NAME, "Second reader")])
    now = datetime.now(timezone.utc)
    usage = made.KeyUsage(True, True, *[False] * 7)
    certificate = (
        made.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(made.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.DER
    key_der = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key_der, certificate.public_bytes(encoding)


def der(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [block for _, _, block in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--field", default="SecondReader")
    parser.add_argument("--visible", action="store_true")
    parser.add_argument("--key", type=Path, help="PKCS#8, PEM or DER, unencrypted")
    parser.add_argument("--cert", type=Path)
    parser.add_argument("--chain", type=Path)
    parser.add_argument("--save-cert", type=Path, help="writes the signer's certificate here, as PEM")
    arguments = parser.parse_args()

    if arguments.key and arguments.cert:
        key, certificate = der(arguments.key)[0], der(arguments.cert)[0]
    else:
        key, certificate = made_up()
    store = SimpleCertificateStore()
    if arguments.chain:
        store.register_multiple([x509.Certificate.load(block) for block in der(arguments.chain)])
    certificate = x509.Certificate.load(certificate)
    signer = signers.SimpleSigner(
        signing_cert=certificate, signing_key=keys.PrivateKeyInfo.load(key), cert_registry=store
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=arguments.field,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    with arguments.file.open("rb") as stream:
        writer = IncrementalPdfFileWriter(stream, strict=False)
        names = {name for name, *_ in fields.enumerate_sig_fields(writer.prev)}
        if arguments.field not in names:
            box = (20, 20, 220, 70) if arguments.visible else (0, 0, 0, 0)
            fields.append_signature_field(writer, fields.SigFieldSpec(arguments.field, box=box))
        pdf_signer = signers.PdfSigner(metadata, signer=signer)
        # pyHanko refuses to break an earlier certification; a stranger's program need not.
        pdf_signer._enforce_certification_constraints = lambda *_: None
        with arguments.output.open("wb") as output:
            pdf_signer.sign_pdf(writer, existing_fields_only=True, output=output)
    if arguments.save_cert:
        arguments.save_cert.write_bytes(pem.armor("CERTIFICATE", certificate.dump()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""img2pdf and pyHanko, and the whole job with OpenCV before them."""

import io
import logging
import multiprocessing
import os
import sqlite3
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import cv2
import img2pdf
import numpy as np
import page
import pkcs11
from asn1crypto import pem, x509
from PIL import ImageCms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.pkcs11 import PKCS11Signer
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.WARNING)  # what pyHanko says of a root it was given


class Warm:
    """What stays open between commands."""

    session: pkcs11.Session
    signer: PKCS11Signer
    store: sqlite3.Connection
    profile: str
    pool = None


def versions() -> dict:
    return {
        "OpenCV": cv2.__version__,
        "img2pdf": version("img2pdf"),
        "pyHanko": version("pyHanko"),
        "python-pkcs11": version("python-pkcs11"),
        "SQLite": sqlite3.sqlite_version,
    }


def open_token(module: str, label: str, pin: str, certificate: str, folder: str) -> dict:
    """Logs in, once; opens the store that the peer's copies are committed to."""
    Warm.session = pkcs11.lib(module).get_token(token_label=label).open(user_pin=pin)
    der = Path(certificate).read_bytes()
    Warm.signer = PKCS11Signer(Warm.session, signing_cert=x509.Certificate.load(der), key_label=label)
    Warm.store = sqlite3.connect(Path(folder) / "peer.db", isolation_level=None)
    Warm.store.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = EXTRA;"
                             "CREATE TABLE copy (id INTEGER PRIMARY KEY, requester TEXT, paper TEXT, file BLOB)")
    Warm.profile = str(Path(folder) / "srgb.icc")
    Path(Warm.profile).write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return {}


def signed(document: bytes, name: str) -> bytes:
    """One PAdES signature into a new invisible field."""
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    metadata = signers.PdfSignatureMetadata(
        field_name=name, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )
    return signers.PdfSigner(metadata, signer=Warm.signer).sign_pdf(writer).getvalue()


def job(photo: str, signatures: int) -> dict:
    """Photograph → outline → A4 at 300 dpi → PDF/A → signed → one durable transaction."""
    data = np.fromfile(photo, np.uint8)
    begun = perf_counter()
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    sheet = page.straightened(picture, page.outline(picture))
    jpeg = page.encoded(sheet)
    millimetres = (210, 297) if sheet.shape[0] > sheet.shape[1] else (297, 210)
    layout = img2pdf.get_layout_fun(tuple(img2pdf.mm_to_pt(side) for side in millimetres))
    document = img2pdf.convert(jpeg, layout_fun=layout, pdfa=Warm.profile)
    for count in range(signatures):
        document = signed(document, f"Signature{count}")
    Warm.store.execute("INSERT INTO copy (requester, paper, file) VALUES (?, ?, ?)",
                       ("Nguyễn Thị Ánh Tuyết", "Trích lục khai sinh", document))
    return {"seconds": perf_counter() - begun, "bytes": len(document)}


def sign(file: str, out: str) -> dict:
    """A file in memory → signed → written."""
    document = Path(file).read_bytes()
    begun = perf_counter()
    document = signed(document, "Peer")
    Path(out).write_bytes(document)
    return {"seconds": perf_counter() - begun}


def judged(arguments: tuple[str, str]) -> bool:
    file, trust = arguments
    roots = [x509.Certificate.load(pem.unarmor(Path(trust).read_bytes())[2])]
    signatures = PdfFileReader(io.BytesIO(Path(file).read_bytes())).embedded_signatures
    context = ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")
    return len(signatures) == 2 and all(
        validate_pdf_signature(signature, context).bottom_line for signature in signatures
    )


def verify(files: list[str], trust: str) -> dict:
    """All signatures of all files, on all cores."""
    cores = os.cpu_count() or 1
    if Warm.pool is None:
        # Fresh processes: a forked PKCS#11 session is nobody's.
        Warm.pool = multiprocessing.get_context("spawn").Pool(cores)
        Warm.pool.map(judged, [(files[0], trust)] * cores * 2, chunksize=1)
    begun = perf_counter()
    valid = Warm.pool.map(judged, [(file, trust) for file in files], chunksize=1)
    return {"seconds": perf_counter() - begun, "valid": sum(valid)}

#!/usr/bin/env python3
"""Files signed by pyHanko and then changed in many ways, with pyHanko's own judgement of each.

    pyhanko_variants.py FOLDER

Writes the files into FOLDER; prints one JSON line per file: {"file", "level", "passes"}, where `level` names what
pyHanko takes the later changes for. Needs the Python packages pyHanko and pikepdf.
"""

import json
import logging
import sys
from io import BytesIO
from pathlib import Path

import pikepdf
from asn1crypto import keys, x509
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, String
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pyhanko_sign import made_up


def unsigned(**how) -> bytes:
    """Three pages, a form with two texts and a box."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for number in range(3):
        pdf.add_blank_page(page_size=(595, 842))
        pdf.pages[number].Contents = pdf.make_stream(b"BT /F1 12 Tf 50 700 Td (Trang %d) Tj ET" % number)
        pdf.pages[number].Resources = Dictionary(Font=Dictionary(F1=font))

    def form(content: bytes):
        stream = pdf.make_stream(content)
        stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, [0, 0, 200, 20]
        return stream

    page = pdf.pages[0].obj
    widget = {"Type": Name.Annot, "Subtype": Name.Widget, "F": 4, "P": page}
    text = widget | {"FT": Name.Tx, "DA": String("/F1 9 Tf")}
    members = [
        Dictionary(**text, T=String("name"), Rect=[50, 600, 250, 620]),
        Dictionary(
            **text,
            T=String("other"),
            Rect=[50, 560, 250, 580],
            V=String("old"),
            AP=Dictionary(N=form(b"BT /F1 9 Tf (old) Tj ET")),
        ),
        Dictionary(
            **widget,
            FT=Name.Btn,
            T=String("box"),
            Rect=[50, 540, 60, 550],
            V=Name.Off,
            AS=Name.Off,
            AP=Dictionary(N=Dictionary(Yes=form(b"q Q"))),
        ),
    ]
    members = Array([pdf.make_indirect(member) for member in members])
    page.Annots = pdf.make_indirect(Array(members))
    pdf.Root.AcroForm = pdf.make_indirect(
        Dictionary(Fields=members, DA=String("/F1 9 Tf"), DR=Dictionary(Font=Dictionary(F1=font)))
    )
    pdf.docinfo["/Title"] = "Copy"
    saved = BytesIO()
    pdf.save(saved, **how)
    return saved.getvalue()


def signer() -> signers.SimpleSigner:
    key, certificate = made_up()
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(certificate),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),
    )


SIGNER = signer()


def writer(pdf: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(BytesIO(pdf), strict=False)


def signed(pdf: bytes, name: str, certify: MDPPerm | None = None, box=(0, 0, 0, 0)) -> bytes:
    increment = writer(pdf)
    fields.append_signature_field(increment, SigFieldSpec(name, box=box))
    metadata = signers.PdfSignatureMetadata(
        field_name=name,
        certify=certify is not None,
        docmdp_permissions=certify or MDPPerm.FILL_FORMS,
        subfilter=SigSeedSubFilter.PADES,
    )
    pdf_signer = signers.PdfSigner(metadata, signer=SIGNER)
    # pyHanko refuses to break an earlier certification; a stranger's program need not.
    pdf_signer._enforce_certification_constraints = lambda *_: None
    output = BytesIO()
    pdf_signer.sign_pdf(increment, existing_fields_only=True, output=output)
    return output.getvalue()


def dictionary(**entries) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def numbers(*values: int) -> generic.ArrayObject:
    return generic.ArrayObject(map(generic.NumberObject, values))


def stream(data: bytes) -> generic.StreamObject:
    entries = dictionary(Type=pdf_name("/XObject"), Subtype=pdf_name("/Form"), BBox=numbers(0, 0, 200, 20))
    return generic.StreamObject(entries, stream_data=data)


def field(pdf, name: str) -> generic.DictionaryObject:
    members = (member.get_object() for member in pdf.root["/AcroForm"]["/Fields"])
    return next(member for member in members if member["/T"] == name)


def put(pdf, container, key: str, value) -> None:
    container[key] = value
    pdf.update_container(container)


def fill(pdf, name: str, value: str) -> None:
    member = field(pdf, name)
    member["/V"] = generic.TextStringObject(value)
    shown = stream(b"BT /F1 9 Tf (%s) Tj ET" % value.encode())
    put(pdf, member, "/AP", dictionary(N=pdf.add_object(shown)))


def tick(pdf) -> None:
    field(pdf, "box")["/V"] = pdf_name("/Yes")
    put(pdf, field(pdf, "box"), "/AS", pdf_name("/Yes"))


def page(pdf) -> generic.DictionaryObject:
    return pdf.find_page_for_modification(0)[0].get_object()


def annotate(pdf, kind: str) -> None:
    note = dictionary(Type=pdf_name("/Annot"), Subtype=pdf_name(kind), Rect=numbers(10, 10, 200, 200))
    shown = page(pdf)["/Annots"]
    shown.append(pdf.add_object(note))
    pdf.update_container(shown)


def turn_around(pdf) -> None:
    kids = pdf.root["/Pages"]["/Kids"]
    kids.reverse()
    pdf.update_container(kids)


def validation_data(pdf) -> None:
    certificates = generic.ArrayObject([pdf.add_object(generic.StreamObject(stream_data=b"x"))])
    pdf.root["/DSS"] = pdf.add_object(dictionary(Certs=certificates))
    pdf.update_root()


CHANGES = {
    "filled": lambda pdf: fill(pdf, "name", "An"),
    "filled anew": lambda pdf: fill(pdf, "other", "new"),
    "repainted": lambda pdf: fill(pdf, "other", "old"),
    "ticked": tick,
    "read-only": lambda pdf: put(pdf, field(pdf, "other"), "/Ff", generic.NumberObject(1)),
    "moved": lambda pdf: put(pdf, field(pdf, "other"), "/Rect", numbers(50, 400, 250, 420)),
    "note": lambda pdf: annotate(pdf, "/Text"),
    "free text": lambda pdf: annotate(pdf, "/FreeText"),
    "information": lambda pdf: pdf.set_info(pdf.add_object(dictionary(Title=generic.TextStringObject("x")))),
    "rotated": lambda pdf: put(pdf, page(pdf), "/Rotate", generic.NumberObject(90)),
    "content": lambda pdf: put(pdf, page(pdf), "/Contents", pdf.add_object(stream(b"BT ET"))),
    "page order": turn_around,
    "appearances needed": lambda pdf: put(
        pdf, pdf.root["/AcroForm"], "/NeedAppearances", generic.BooleanObject(True)
    ),
    "empty signature field": lambda pdf: fields.append_signature_field(pdf, SigFieldSpec("Extra")),
    "visible signature field": lambda pdf: fields.append_signature_field(
        pdf, SigFieldSpec("Extra", box=(10, 10, 100, 100))
    ),
    "extension": lambda pdf: pdf.register_extension(
        DeveloperExtension(pdf_name("/ESIC"), pdf_name("/1.7"), extension_level=5)
    ),
    "open action": lambda pdf: put(pdf, pdf.root, "/OpenAction", generic.ArrayObject([])),
    "orphan": lambda pdf: pdf.add_object(generic.TextStringObject("orphan")),
    "validation data": validation_data,
}


def changed(pdf: bytes, change) -> bytes:
    increment, output = writer(pdf), BytesIO()
    change(increment)
    increment.write(output)
    return output.getvalue()


def variants():
    shapes = {
        "plain": unsigned(object_stream_mode=ObjectStreamMode.disable),
        "object streams": unsigned(object_stream_mode=ObjectStreamMode.generate),
    }
    for shape, pdf in shapes.items():
        for certify in (None, *MDPPerm):
            once = signed(pdf, "One", certify)
            name = f"{shape}, P {certify.value if certify else 0}"
            yield f"{name}, once", once
            yield f"{name}, twice", signed(once, "Two")
            yield f"{name}, twice visibly", signed(once, "Two", box=(300, 50, 500, 120))
            if shape == "plain" or certify in (None, MDPPerm.FILL_FORMS):
                for what, change in CHANGES.items():
                    yield f"{name}, {what}", changed(once, change)
    linearised = signed(unsigned(linearize=True), "One")
    yield "linearised, once", linearised
    yield "linearised, twice", signed(linearised, "Two")
    yield "linearised, filled", changed(linearised, CHANGES["filled"])


def judge(pdf: bytes) -> tuple[str | None, bool]:
    passes, worst = True, None
    context = ValidationContext(trust_roots=[], allow_fetching=False, revocation_mode="soft-fail")
    for signature in PdfFileReader(BytesIO(pdf), strict=False).embedded_signatures:
        status = validate_pdf_signature(signature, context)
        level = status.modification_level
        refused = status.docmdp_ok is False or level.name == "OTHER"
        passes &= status.intact and status.valid and not refused
        worst = max(filter(None, (worst, level)), default=None)
    return worst.name if worst is not None else None, passes


def main() -> int:
    logging.disable(logging.CRITICAL)
    folder = Path(sys.argv[1])
    for name, pdf in variants():
        file = folder / f"{name}.pdf"
        file.write_bytes(pdf)
        level, passes = judge(pdf)
        print(json.dumps({"file": str(file), "level": level, "passes": passes}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

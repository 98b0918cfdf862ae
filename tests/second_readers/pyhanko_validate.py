#!/usr/bin/env python3
"""Second reader of signatures: pyHanko's judgement, one JSON line per signature.

    pyhanko_validate.py --trust ROOT.pem [--at 2026-11-21T12:00:00+00:00] FILE…

Exit 0 when every signature of every file passes (`bottom_line`), 1 otherwise. Revocation is not asked for: the
training authority publishes none. Needs the Python package pyHanko.
"""

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def certificates(path: Path) -> list[x509.Certificate]:
    data = path.read_bytes()
    if not pem.detect(data):
        return [x509.Certificate.load(data)]
    return [x509.Certificate.load(der) for _, _, der in pem.unarmor(data, multiple=True)]


def judge(file: Path, roots: list[x509.Certificate], moment: datetime) -> list[dict]:
    lines = []
    with file.open("rb") as stream:
        reader = PdfFileReader(stream)
        for signature in reader.embedded_signatures:
            line = {"file": str(file), "field": signature.field_name}
            try:
                context = ValidationContext(
                    trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail"
                )
                status = validate_pdf_signature(signature, context)
                level = status.modification_level
                line |= {
                    "intact": status.intact,
                    "valid": status.valid,
                    "trusted": status.trusted,
                    "docmdp_ok": status.docmdp_ok,
                    "coverage": status.coverage.name,
                    "modification_level": level.name if level is not None else None,
                    "bottom_line": status.bottom_line,
                }
            except Exception as error:  # whatever it is, this signature does not pass
                line |= {"bottom_line": False, "error": f"{type(error).__name__}: {error}"}
            lines.append(line)
    if not lines:
        lines.append({"file": str(file), "field": None, "bottom_line": False, "error": "no signature"})
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trust", type=Path, required=True, help="trust anchors, PEM or DER")
    parser.add_argument("--at", type=datetime.fromisoformat, default=datetime.now(timezone.utc))
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    roots = certificates(arguments.trust)
    passed = True
    for file in arguments.files:
        for line in judge(file, roots, arguments.at):
            passed &= line["bottom_line"]
            print(json.dumps(line, ensure_ascii=False))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())

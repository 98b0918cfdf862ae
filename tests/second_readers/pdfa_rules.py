#!/usr/bin/env python3
"""Checks files against the rules of ISO 19005-2 (PDF/A-2b) that a document of pictures, text and signatures can break.

    pdfa_rules.py FILE…      one line for each rule: clause, pass/FAIL, rule, and what broke it; exit 1 on any FAIL

Independent of the program that writes the files: reads with pikepdf (qpdf), fontTools and the standard library. Not a
complete validator: JPEG 2000, CFF and Type 1 fonts, embedded files and tagged PDF are refused rather than examined.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import pikepdf
from fontTools.ttLib import TTFont, TTLibError
from pikepdf import Array, Dictionary, Name, Object, Stream

RULES: list[tuple[str, str, Callable[["File"], Iterator[str]]]] = []


def rule(clause: str, text: str):
    """Registers a check; it yields one message for each violation."""

    def register(check):
        RULES.append((clause, text, check))
        return check

    return register


class File:
    def __init__(self, path: str) -> None:
        with open(path, "rb") as file:
            self.bytes = file.read()
        self.pdf = pikepdf.open(io.BytesIO(self.bytes), suppress_warnings=True, attempt_recovery=False)
        self.root = self.pdf.Root
        self.objects = [object for object in self.pdf.objects if object is not None]
        self.dicts = list(self._dicts())
        self.sections, self.classic = self._cross_references()
        self.contents = list(self._contents())
        self.shown = self._shown_codes()

    def _dicts(self) -> Iterator[tuple[str, Object]]:
        """Every dictionary (of streams too), direct or indirect, with the number of the object it is in."""
        for top in self.objects:
            waiting = [top]
            while waiting:
                object = waiting.pop()
                if isinstance(object, (Dictionary, Stream)):
                    yield f"object {top.objgen[0]}", object
                    children = [object.get(key) for key in object.keys()]
                elif isinstance(object, Array):
                    children = list(object)
                else:
                    continue
                waiting.extend(c for c in children if isinstance(c, (Dictionary, Array, Stream)) and not c.is_indirect)

    def _cross_references(self) -> tuple[list[tuple[int, dict[int, int]]], bool]:
        """Classic tables from the newest back: their offset, and object numbers with theirs."""
        sections: list[tuple[int, dict[int, int]]] = []
        starts = re.findall(rb"startxref\s+(\d+)\s+%%EOF", self.bytes)
        at = int(starts[-1]) if starts else -1
        while at >= 0 and at not in [start for start, _ in sections]:
            table = re.compile(rb"xref[\r\n]").match(self.bytes, at)
            if not table:
                return sections, False
            offsets: dict[int, int] = {}
            position = re.compile(rb"xref(\r\n|\r|\n)").match(self.bytes, at).end()
            while head := re.compile(rb"(\d+) (\d+)\s*?(\r\n|\r|\n)").match(self.bytes, position):
                position = head.end()
                for number in range(int(head[1]), int(head[1]) + int(head[2])):
                    entry = self.bytes[position : position + 20]
                    if entry[17:18] == b"n":
                        offsets[number] = int(entry[:10])
                    position += 20
            sections.append((at, offsets))
            trailer = self.bytes[position : self.bytes.find(b"startxref", position)]
            previous = re.search(rb"/Prev\s+(\d+)", trailer)
            at = int(previous[1]) if previous else -1
        return sections, True

    def _contents(self) -> Iterator[tuple[str, list, Object]]:
        """Every content stream: where, its instructions, its resources."""
        for number, page in enumerate(self.pdf.pages, 1):
            yield f"page {number}", pikepdf.parse_content_stream(page), page.obj.get(Name.Resources)
        for where, object in self.dicts:
            if isinstance(object, Stream) and object.get(Name.Subtype) == Name.Form:
                yield where, pikepdf.parse_content_stream(object), object.get(Name.Resources)

    def _shown_codes(self) -> dict[tuple[int, int], set[int]]:
        """Codes shown with each font object."""
        shown: dict[tuple[int, int], set[int]] = {}
        for _, instructions, resources in self.contents:
            font = None
            for instruction in instructions:
                operator = str(instruction.operator)
                if operator == "Tf" and resources is not None:
                    font = resources.get(Name.Font, Dictionary()).get(instruction.operands[0])
                elif operator in ("Tj", "TJ", "'", '"') and font is not None:
                    operand = instruction.operands[-1]
                    parts = list(operand) if isinstance(operand, Array) else [operand]
                    text = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
                    codes = {int.from_bytes(text[i : i + 2], "big") for i in range(0, len(text), 2)}
                    shown.setdefault(font.objgen, set()).update(codes)
        return shown

    def fonts(self) -> Iterator[tuple[str, Object]]:
        for where, object in self.dicts:
            if object.get(Name.Type) == Name.Font:
                yield where, object

    def annotations(self) -> Iterator[tuple[str, Object]]:
        for number, page in enumerate(self.pdf.pages, 1):
            for annotation in page.obj.get(Name.Annots, Array()):
                yield f"page {number}, object {annotation.objgen[0]}", annotation

    def signatures(self) -> Iterator[tuple[str, Object]]:
        for where, object in self.dicts:
            if Name.ByteRange in object and Name.Contents in object:
                yield where, object

    def xmp(self) -> ET.Element:
        return ET.fromstring(self.root.Metadata.read_bytes())


# 6.1 File structure


@rule("6.1.2", "the header is at byte 0 and a comment of four bytes above 127 follows it")
def header(file: File):
    if not re.match(rb"%PDF-1\.[0-7](\r\n|\r|\n)%[\x80-\xff]{4}", file.bytes):
        yield repr(file.bytes[:20])


@rule("6.1.3", "the trailer has an ID of two strings and no Encrypt; nothing follows the last %%EOF")
def trailer(file: File):
    identifier = file.pdf.trailer.get(Name.ID)
    if not isinstance(identifier, Array) or len(identifier) != 2 or not all(len(bytes(part)) for part in identifier):
        yield "ID missing"
    if Name.Encrypt in file.pdf.trailer:
        yield "Encrypt"
    if not re.search(rb"%%EOF(\r\n|\r|\n)?\Z", file.bytes):
        yield "bytes after %%EOF"


@rule("6.1.4", "cross-reference tables are classic and each entry points at its object")
def cross_references(file: File):
    if not file.classic:
        yield "a section is not a classic table"
    for _, offsets in file.sections:
        for number, offset in offsets.items():
            if not re.compile(rb"%d \d+ obj\b" % number).match(file.bytes, offset):
                yield f"object {number} is not at {offset}"


@rule("6.1.6", "hexadecimal strings have an even number of digits")
def hexadecimal_strings(file: File):
    for where, body in bodies(file):
        for digits in re.findall(rb"(?<!<)<([0-9A-Fa-f\s]*)>(?!>)", body):
            if len(re.sub(rb"\s", b"", digits)) % 2:
                yield where


@rule("6.1.7.1", "stream data have exactly the stated Length, set off by the end-of-line marks required")
def stream_lengths(file: File):
    for where, object in file.dicts:
        if not isinstance(object, Stream) or not file.classic:
            continue
        number = object.objgen[0]
        offset = next((offsets[number] for _, offsets in file.sections if number in offsets), None)
        start = re.compile(rb">>\s*stream(\r\n|\n)").search(file.bytes, offset or 0)
        if offset is None or not start:
            yield f"{where}: stream keyword"
            continue
        end = start.end() + int(object.get(Name.Length, -1))
        if not re.compile(rb"(\r\n|\r|\n)endstream[\r\n ]+endobj").match(file.bytes, end):
            yield f"{where}: Length"


@rule("6.1.7.1", "no stream lies outside the file")
def external_streams(file: File):
    for where, object in file.dicts:
        if isinstance(object, Stream) and {"/F", "/FFilter", "/FDecodeParms"} & set(object.keys()):
            yield where


@rule("6.1.7.2", "filters are standard ones, without LZW and Crypt")
def filters(file: File):
    allowed = {f"/{name}Decode" for name in ("ASCIIHex", "ASCII85", "Flate", "RunLength", "CCITTFax", "JBIG2", "DCT")}
    for where, object in file.dicts:
        if isinstance(object, Stream):
            used = object.get(Name.Filter, Array())
            for name in [used] if isinstance(used, Name) else used:
                if str(name) not in allowed:
                    yield f"{where}: {name}"


@rule("6.1.8", "font names are UTF-8")
def names_are_utf8(file: File):
    for where, font in file.fonts():
        try:
            str(font.get(Name.BaseFont)).encode()
        except UnicodeError:
            yield where


@rule("6.1.9", "every object begins and ends on a line of its own")
def object_lines(file: File):
    for _, offsets in file.sections:
        for number, offset in offsets.items():
            begins = re.compile(rb"\d+ \d+ obj(\r\n|\r|\n)").match(file.bytes, offset)
            if not begins or file.bytes[offset - 1 : offset] not in (b"\n", b"\r"):
                yield f"object {number}"
    if re.search(rb"[^\r\n]endobj\b", re.sub(rb"stream(\r\n|\n).*?endstream", b"", file.bytes, flags=re.S)):
        yield "endobj after other text"


@rule("6.1.12", "the permissions dictionary holds nothing but UR3 and DocMDP")
def permissions(file: File):
    extra = set(file.root.get(Name.Perms, Dictionary()).keys()) - {"/UR3", "/DocMDP"}
    if extra:
        yield str(extra)
    if Name.DocMDP in file.root.get(Name.Perms, Dictionary()):
        for where, signature in file.signatures():
            for reference in signature.get(Name.Reference, Array()):
                if {"/DigestLocation", "/DigestMethod", "/DigestValue"} & set(reference.keys()):
                    yield where


@rule("6.1.13", "integers, strings, names, nesting and page sizes keep the limits")
def limits(file: File):
    for where, object in file.dicts:
        for key in object.keys():
            if len(key.encode()) > 128:
                yield f"{where}: name {key[:20]}…"
            value = object.get(key)
            if isinstance(value, pikepdf.String) and len(bytes(value)) > 32767 and Name.ByteRange not in object:
                yield f"{where}: string {key}"
            if isinstance(value, int) and not -(2**31) <= value < 2**31:
                yield f"{where}: integer {key}"
    for where, instructions, _ in file.contents:
        depth = deepest = 0
        for instruction in instructions:
            depth += {"q": 1, "Q": -1}.get(str(instruction.operator), 0)
            deepest = max(deepest, depth)
        if deepest > 28 or depth != 0:
            yield f"{where}: q/Q"
    for number, page in enumerate(file.pdf.pages, 1):
        left, bottom, right, top = (float(side) for side in page.mediabox)
        if not (3 <= right - left <= 14400 and 3 <= top - bottom <= 14400):
            yield f"page {number}"


# 6.2 Graphics

OPERATORS = set(
    "b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re RG rg"
    " ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split()
)


@rule("6.2.2", "content streams use only operators of ISO 32000-1")
def operators(file: File):
    for where, instructions, _ in file.contents:
        unknown = {str(instruction.operator) for instruction in instructions} - OPERATORS - {"INLINE IMAGE"}
        if unknown:
            yield f"{where}: {unknown}"


@rule("6.2.2", "every resource named in a content stream is in its own resource dictionary")
def resources(file: File):
    kinds = {"Tf": Name.Font, "Do": Name.XObject, "gs": Name.ExtGState, "cs": Name.ColorSpace, "CS": Name.ColorSpace}
    device = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/Pattern"}
    for where, instructions, owned in file.contents:
        for instruction in instructions:
            kind = kinds.get(str(instruction.operator))
            name = instruction.operands[0] if kind is not None else None
            if kind is None or (kind == Name.ColorSpace and str(name) in device):
                continue
            if owned is None or name not in owned.get(kind, Dictionary()):
                yield f"{where}: {name}"


def icc_problem(profile: Object, classes: set[bytes]) -> str | None:
    data = profile.read_bytes()
    spaces = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4, b"Lab ": 3}
    if len(data) < 132 or data[36:40] != b"acsp" or int.from_bytes(data[:4], "big") != len(data):
        return "not an ICC profile"
    if data[8] not in (2, 4) or data[12:16] not in classes:
        return f"version {data[8]}, class {data[12:16]!r}"
    if spaces.get(data[16:20]) != int(profile.get(Name.N, 0)):
        return f"N does not fit {data[16:20]!r}"
    tags = {}
    for index in range(int.from_bytes(data[128:132], "big")):
        entry = data[132 + 12 * index : 144 + 12 * index]
        tags[entry[:4]] = (int.from_bytes(entry[4:8], "big"), int.from_bytes(entry[8:12], "big"))
    if any(offset < 128 or offset % 4 or offset + size > len(data) for offset, size in tags.values()):
        return "tag table"
    needed = {b"desc", b"cprt", b"wtpt"}
    if data[16:20] == b"RGB " and data[12:16] == b"mntr":
        needed |= {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"}
    return f"lacks {needed - tags.keys()}" if needed - tags.keys() else None


@rule("6.2.3", "there is one PDF/A output intent with a sound ICC profile")
def output_intent(file: File):
    intents = [intent for intent in file.root.get(Name.OutputIntents, Array()) if intent.get(Name.S) == Name.GTS_PDFA1]
    if len(intents) != 1:
        yield f"{len(intents)} intents"
    for intent in intents:
        if Name.OutputConditionIdentifier not in intent or Name.DestOutputProfileRef in intent:
            yield "keys"
        problem = icc_problem(intent.DestOutputProfile, {b"mntr", b"prtr"})
        if problem:
            yield problem


@rule("6.2.4.2", "ICC-based colour spaces have sound profiles")
def icc_spaces(file: File):
    for where, object in file.dicts:
        for key in object.keys():
            value = object.get(key)
            if isinstance(value, Array) and len(value) == 2 and value[0] == Name.ICCBased:
                problem = icc_problem(value[1], {b"mntr", b"prtr", b"scnr", b"spac"})
                if problem:
                    yield f"{where}: {problem}"


@rule("6.2.4.3", "device colours are grey, or the output intent's")
def device_colours(file: File):
    intents = file.root.get(Name.OutputIntents, Array())
    intent_space = int(intents[0].DestOutputProfile.N) if intents else 0
    used: set[tuple[str, int]] = set()
    for where, instructions, _ in file.contents:
        for instruction in instructions:
            components = {"rg": 3, "RG": 3, "k": 4, "K": 4, "g": 1, "G": 1}.get(str(instruction.operator))
            if components:
                used.add((where, components))
            if str(instruction.operator) in ("cs", "CS"):
                space = {"/DeviceRGB": 3, "/DeviceCMYK": 4, "/DeviceGray": 1}.get(str(instruction.operands[0]))
                used.update({(where, space)} if space else ())
    for where, object in file.dicts:
        for key in (Name.ColorSpace, Name.CS):
            space = {"/DeviceRGB": 3, "/DeviceCMYK": 4, "/DeviceGray": 1}.get(str(object.get(key)))
            used.update({(where, space)} if space else ())
    for where, components in sorted(used):
        if components == 4 and intent_space != 4 or components == 3 and intent_space != 3 or not intent_space:
            yield f"{where}: {components} components"


@rule("6.2.5", "graphics states have no transfer functions and standard blend modes only (6.2.10)")
def graphics_states(file: File):
    blends = "Normal Compatible Multiply Screen Overlay Darken Lighten ColorDodge ColorBurn HardLight SoftLight"
    blends += " Difference Exclusion Hue Saturation Color Luminosity"
    for where, object in file.dicts:
        if object.get(Name.Type) != Name.ExtGState:
            continue
        if {"/TR", "/HTP", "/HTO"} & set(object.keys()) or object.get(Name.TR2, Name.Default) != Name.Default:
            yield f"{where}: transfer function"
        if str(object.get(Name.BM, Name.Normal))[1:] not in blends.split():
            yield f"{where}: blend mode"


@rule("6.2.6", "rendering intents are the four of ISO 32000-1")
def rendering_intents(file: File):
    allowed = {"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"}
    for where, object in file.dicts:
        for key in (Name.RI, Name.Intent):
            if isinstance(object.get(key), Name) and str(object.get(key)) not in allowed:
                yield where
    for where, instructions, _ in file.contents:
        for instruction in instructions:
            if str(instruction.operator) == "ri" and str(instruction.operands[0]) not in allowed:
                yield where


@rule("6.2.8", "images have no alternates, no interpolation, and allowed depths")
def images(file: File):
    for where, object in file.dicts:
        if object.get(Name.Subtype) != Name.Image:
            continue
        if {"/Alternates", "/OPI"} & set(object.keys()) or object.get(Name.Interpolate, False) is True:
            yield where
        if int(object.get(Name.BitsPerComponent, 1)) not in (1, 2, 4, 8, 16):
            yield f"{where}: depth"


@rule("6.2.8", "JPEG images have the size and components their dictionaries state")
def jpeg_images(file: File):
    for where, object in file.dicts:
        if object.get(Name.Subtype) != Name.Image or object.get(Name.Filter) != Name.DCTDecode:
            continue
        data = object.read_raw_bytes()
        position = 2
        while position + 4 < len(data) and not (0xC0 <= data[position + 1] <= 0xCF and data[position + 1] not in (0xC4, 0xC8, 0xCC)):
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        frame = data[position + 4 : position + 10]
        stated = object.get(Name.ColorSpace)
        components = int(stated[1].N) if isinstance(stated, Array) else {"/DeviceGray": 1, "/DeviceRGB": 3}.get(str(stated))
        size = (int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big"))
        if data[:2] != b"\xff\xd8" or size != (int(object.Width), int(object.Height)) or frame[5] != components:
            yield where


@rule("6.2.9", "no PostScript, OPI or reference XObjects")
def xobjects(file: File):
    for where, object in file.dicts:
        if object.get(Name.Subtype) == Name.PS or {"/OPI", "/Ref", "/PS", "/Subtype2"} & set(object.keys()):
            yield where


@rule("6.2.10", "pages with transparency have a blending colour space: their group's or the output intent's")
def transparency(file: File):
    for number, page in enumerate(file.pdf.pages, 1):
        group = page.obj.get(Name.Group)
        if Name.OutputIntents not in file.root and (group is None or Name.CS not in group):
            yield f"page {number}"


def programs(file: File) -> Iterator[tuple[str, Object, Object, TTFont]]:
    """Composite fonts with their descendant and font program."""
    for where, font in file.fonts():
        if font.get(Name.Subtype) != Name.Type0:
            continue
        descendant = font.DescendantFonts[0]
        program = descendant.FontDescriptor.get(Name.FontFile2)
        if program is not None:
            yield where, font, descendant, TTFont(io.BytesIO(program.read_bytes()), lazy=False)


@rule("6.2.11.2", "fonts are composite TrueType fonts, their programs readable")
def font_programs(file: File):
    for where, font in file.fonts():
        if font.get(Name.Subtype) not in (Name.Type0, Name.CIDFontType2):
            yield f"{where}: {font.get(Name.Subtype)} is not examined here"
    try:
        for where, _, _, program in programs(file):
            for table in ("head", "hhea", "hmtx", "maxp", "glyf", "loca"):
                program[table]
    except (TTLibError, KeyError) as error:
        yield f"{where}: {error!r}"


@rule("6.2.11.3", "composite fonts: Identity encoding, compatible CIDSystemInfo, a CIDToGIDMap")
def composite_fonts(file: File):
    for where, font, descendant, _ in programs(file):
        info = descendant.CIDSystemInfo
        if font.Encoding not in (Name("/Identity-H"), Name("/Identity-V")):
            yield f"{where}: {font.Encoding}"
        if Name.CIDToGIDMap not in descendant or (str(info.Registry), str(info.Ordering)) != ("Adobe", "Identity"):
            yield where
        if not (font.BaseFont == descendant.BaseFont == descendant.FontDescriptor.FontName):
            yield f"{where}: names differ"


@rule("6.2.11.4.1", "every font is embedded and has every glyph shown with it")
def embedded(file: File):
    for where, object in file.dicts:
        if object.get(Name.Type) == Name.FontDescriptor and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(object.keys()):
            yield f"{where}: not embedded"
    for where, font, _, program in programs(file):
        beyond = {code for code in file.shown.get(font.objgen, set()) if code >= program["maxp"].numGlyphs}
        if beyond:
            yield f"{where}: codes {sorted(beyond)[:5]}"


@rule("6.2.11.4.2", "a CIDSet, where there is one, lists exactly the glyphs of the font program")
def cid_sets(file: File):
    for where, _, descendant, program in programs(file):
        listed = descendant.FontDescriptor.get(Name.CIDSet)
        if listed is not None:
            bits = "".join(f"{byte:08b}" for byte in listed.read_bytes())
            if bits.rstrip("0") != "1" * program["maxp"].numGlyphs:
                yield where


@rule("6.2.11.5", "stated widths are the font program's, to 1/1000 em")
def widths(file: File):
    for where, font, descendant, program in programs(file):
        stated: dict[int, float] = {}
        table = list(descendant.get(Name.W, Array()))
        while table:
            first = int(table.pop(0))
            if isinstance(table[0], Array):
                stated.update({first + index: float(width) for index, width in enumerate(table.pop(0))})
            else:
                last, width = int(table.pop(0)), float(table.pop(0))
                stated.update({code: width for code in range(first, last + 1)})
        order = program.getGlyphOrder()
        for code in file.shown.get(font.objgen, set()):
            own = program["hmtx"][order[code]][0] * 1000 / program["head"].unitsPerEm
            if abs(own - stated.get(code, float(descendant.get(Name.DW, 1000)))) > 1:
                yield f"{where}: code {code}"


@rule("6.2.11.7", "every code shown has a Unicode text (asked by level U; ours keeps it)")
def unicode_texts(file: File):
    for where, font in file.fonts():
        if font.get(Name.Subtype) == Name.Type0 and file.shown.get(font.objgen):
            map = font.ToUnicode.read_bytes() if Name.ToUnicode in font else b""
            known = {int(code, 16) for code in re.findall(rb"<([0-9A-Fa-f]{4})> <[0-9A-Fa-f]+>", map)}
            missing = file.shown[font.objgen] - known
            if missing:
                yield f"{where}: codes {sorted(missing)[:5]}"


@rule("6.2.11.8", ".notdef is never shown")
def notdef(file: File):
    for where, font in file.fonts():
        if 0 in file.shown.get(font.objgen, set()):
            yield where


# 6.3 Annotations, 6.4 forms and signatures, 6.5 actions


@rule("6.3.1", "annotations are of the allowed kinds")
def annotation_kinds(file: File):
    forbidden = {"/3D", "/Sound", "/Screen", "/Movie", "/FileAttachment", "/None"}
    for where, annotation in file.annotations():
        if str(annotation.get(Name.Subtype)) in forbidden:
            yield where


@rule("6.3.2", "annotations are printed and never hidden")
def annotation_flags(file: File):
    for where, annotation in file.annotations():
        flags = int(annotation.get(Name.F, 0))
        hidden = 1 | 2 | 32 | 256
        if annotation.Subtype != Name.Popup and (not flags & 4 or flags & hidden):
            yield f"{where}: F {flags}"


@rule("6.3.3", "annotations have a normal appearance stream and no other")
def annotation_appearances(file: File):
    for where, annotation in file.annotations():
        left, bottom, right, top = (float(side) for side in annotation.Rect)
        if left == right and bottom == top:
            continue
        appearance = annotation.get(Name.AP)
        if appearance is None or set(appearance.keys()) != {"/N"} or not isinstance(appearance.N, Stream):
            yield where
        elif Name.BBox not in appearance.N:
            yield f"{where}: BBox"


@rule("6.4.1", "the form needs no appearances made, and its fields have no actions")
def form(file: File):
    form = file.root.get(Name.AcroForm, Dictionary())
    if form.get(Name.NeedAppearances, False) is True:
        yield "NeedAppearances"
    for where, object in file.dicts:
        if (Name.FT in object or object.get(Name.Subtype) == Name.Widget) and {"/A", "/AA"} & set(object.keys()):
            yield where


@rule("6.4.2", "no XFA")
def xfa(file: File):
    if Name.XFA in file.root.get(Name.AcroForm, Dictionary()) or Name.NeedsRendering in file.root:
        yield "XFA"


@rule("6.4.3", "signatures cover the whole file up to their revision's end, except their own Contents")
def signatures(file: File):
    for where, signature in file.signatures():
        start, length, after, rest = (int(number) for number in signature.ByteRange)
        gap = file.bytes[start + length : after]
        end = file.bytes[: after + rest]
        if start != 0 or gap[:1] != b"<" or gap[-1:] != b">" or not re.search(rb"%%EOF(\r\n|\r|\n)?\Z", end):
            yield where
        elif hashlib.sha256(bytes.fromhex(gap[1:-1].decode())).digest() != hashlib.sha256(bytes(signature.Contents)).digest():
            yield f"{where}: Contents is not the gap"


@rule("6.5", "no actions but going to a page or address, and no triggers on document or pages")
def actions(file: File):
    allowed = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
    for where, object in file.dicts:
        kind = object.get(Name.Type)
        if kind == Name.Action and str(object.get(Name.S)) not in allowed:
            yield where
        if kind in (Name.Catalog, Name.Page) and Name.AA in object:
            yield f"{where}: AA"
    action = file.root.get(Name.OpenAction)
    if isinstance(action, Dictionary) and str(action.get(Name.S)) not in allowed:
        yield "OpenAction"
    if Name.JavaScript in file.root.get(Name.Names, Dictionary()):
        yield "JavaScript"


# 6.6 Metadata

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
PDF = "{http://ns.adobe.com/pdf/1.3/}"

# Predefined properties our kind of file uses, and the container each must have (XMP 2005, sections 8 and 9).
PREDEFINED = {
    f"{DC}title": "Alt", f"{DC}description": "Alt", f"{DC}rights": "Alt", f"{DC}creator": "Seq", f"{DC}date": "Seq",
    f"{DC}subject": "Bag", f"{DC}language": "Bag", f"{DC}publisher": "Bag", f"{DC}format": None, f"{DC}identifier": None,
    f"{XMP}CreateDate": None, f"{XMP}ModifyDate": None, f"{XMP}MetadataDate": None, f"{XMP}CreatorTool": None,
    f"{PDF}Producer": None, f"{PDF}Keywords": None, f"{PDF}PDFVersion": None,
    f"{PDFAID}part": None, f"{PDFAID}conformance": None, f"{PDFAID}amd": None, f"{PDFAID}corr": None,
    f"{EXTENSION}schemas": "Bag",
}  # fmt: skip


def properties(file: File) -> Iterator[tuple[str, ET.Element | str]]:
    for description in file.xmp().iterfind(f".//{RDF}RDF/{RDF}Description"):
        for attribute, value in description.attrib.items():
            if attribute != f"{RDF}about":
                yield attribute, value
        yield from ((child.tag, child) for child in description)


def resource(item: ET.Element) -> ET.Element:
    """A structure with its fields as children, in whichever of RDF's three forms they are written."""
    if len(item) != 1 or item[0].tag != f"{RDF}Description":
        return item
    for name, value in item[0].attrib.items():
        ET.SubElement(item[0], name).text = value
    return item[0]


def schemas(file: File) -> Iterator[tuple[ET.Element, list[ET.Element]]]:
    """Every extension schema with its property declarations."""
    for item in map(resource, file.xmp().iterfind(f".//{EXTENSION}schemas/{RDF}Bag/{RDF}li")):
        yield item, [resource(declared) for declared in item.iterfind(f"{SCHEMA}property/{RDF}Seq/{RDF}li")]


def text_of(value: ET.Element | str) -> str:
    return value if isinstance(value, str) else "".join(value.itertext()).strip()


def container_of(value: ET.Element | str) -> str | None:
    if isinstance(value, str) or len(value) == 0:
        return None
    return value[0].tag.removeprefix(RDF)


@rule("6.6.2.1", "the catalog has an XMP packet without bytes or encoding attributes, well formed, in UTF-8")
def packet(file: File):
    metadata = file.root.get(Name.Metadata)
    if metadata is None or metadata.get(Name.Type) != Name.Metadata or metadata.get(Name.Subtype) != Name.XML:
        yield "Metadata"
        return
    data = metadata.read_bytes()
    head = re.match(rb"<\?xpacket begin=(['\"])(\xef\xbb\xbf)?\1 id=(['\"])W5M0MpCehiHzreSzNTczkc9d\3([^?]*)\?>", data)
    if not head or head[4].strip():
        yield "packet header"
    if not re.search(rb"<\?xpacket end=['\"][rw]['\"]\?>\s*\Z", data):
        yield "packet end"
    try:
        data.decode("utf-8")
        file.xmp()
    except (UnicodeError, ET.ParseError) as error:
        yield str(error)


@rule("6.6.2.3", "every property is predefined, or declared by an extension schema with its type; containers fit")
def declared(file: File):
    containers = dict(PREDEFINED)
    for item, declarations in schemas(file):
        namespace = text_of(item.find(f"{SCHEMA}namespaceURI"))
        for property in declarations:
            kind = text_of(property.find(f"{PROPERTY}valueType")).lower()
            container = {"seq": "Seq", "bag": "Bag", "alt": "Alt"}.get(kind.split()[0]) if " " in kind else None
            containers[f"{{{namespace}}}{text_of(property.find(f'{PROPERTY}name'))}"] = container
    for name, value in properties(file):
        if name not in containers:
            yield f"{name} is not declared"
        elif container_of(value) != containers[name]:
            yield f"{name} has container {container_of(value)}"


@rule("6.6.2.3.3", "extension schemas are complete")
def extension_schemas(file: File):
    for item, declarations in schemas(file):
        for field in ("schema", "namespaceURI", "prefix", "property"):
            if item.find(f"{SCHEMA}{field}") is None:
                yield f"pdfaSchema:{field}"
        for property in declarations:
            given = {child.tag.removeprefix(PROPERTY): text_of(child) for child in property}
            if set(given) != {"name", "valueType", "category", "description"} or not all(given.values()):
                yield str(given)
            if given.get("category") not in ("internal", "external"):
                yield f"category {given.get('category')}"


@rule("6.6.3", "the Info dictionary says what the XMP packet says (asked by PDF/A-1, kept here)")
def info_agrees(file: File):
    info = file.pdf.trailer.get(Name.Info, Dictionary())
    xmp = {name: text_of(value) for name, value in properties(file)}
    pairs = {
        "/Title": f"{DC}title", "/Author": f"{DC}creator", "/Subject": f"{DC}description",
        "/Creator": f"{XMP}CreatorTool", "/Producer": f"{PDF}Producer",
    }  # fmt: skip
    for key, name in pairs.items():
        if key in info and str(info[key]) != xmp.get(name):
            yield key
    for key, name in {"/CreationDate": f"{XMP}CreateDate", "/ModDate": f"{XMP}ModifyDate"}.items():
        if key in info:
            digits = re.sub(r"\D", "", str(info[key]))
            if digits != re.sub(r"\D", "", xmp.get(name, "")):
                yield key


@rule("6.6.4", "the packet says part 2, conformance A, B or U")
def identification(file: File):
    xmp = {name: text_of(value) for name, value in properties(file)}
    if xmp.get(f"{PDFAID}part") != "2" or xmp.get(f"{PDFAID}conformance") not in ("A", "B", "U"):
        yield f"{xmp.get(f'{PDFAID}part')}{xmp.get(f'{PDFAID}conformance')}"


# 6.8 to 6.11


@rule("6.8", "no embedded files")
def embedded_files(file: File):
    if Name.EmbeddedFiles in file.root.get(Name.Names, Dictionary()):
        yield "EmbeddedFiles"
    for where, object in file.dicts:
        if Name.EF in object:
            yield where


@rule("6.9", "no optional content")
def optional_content(file: File):
    if Name.OCProperties in file.root:
        yield "OCProperties"


@rule("6.10", "no alternate presentations or page transitions by sub-page navigation")
def presentations(file: File):
    if Name.AlternatePresentations in file.root.get(Name.Names, Dictionary()):
        yield "AlternatePresentations"
    for number, page in enumerate(file.pdf.pages, 1):
        if Name.PresSteps in page.obj:
            yield f"page {number}"


@rule("6.11", "no document requirements")
def requirements(file: File):
    if Name.Requirements in file.root:
        yield "Requirements"


def bodies(file: File) -> Iterator[tuple[str, bytes]]:
    """Source text of every object up to its stream, if it has one; literal strings blanked out."""
    for _, offsets in file.sections:
        for number, offset in offsets.items():
            end = file.bytes.find(b"endobj", offset)
            body = file.bytes[offset:end]
            stream = re.search(rb">>\s*stream\r?\n", body)
            body = body[: stream.start()] if stream else body
            yield f"object {number}", re.sub(rb"\((?:\\.|[^\\()])*\)", b"()", body, flags=re.S)


def check(path: str) -> bool:
    """Prints every rule's outcome for one file; whether all pass."""
    print(f"== {path}")
    try:
        file = File(path)
    except (OSError, pikepdf.PdfError) as error:
        print(f"6.1      FAIL  the file can be read without repair: {error}")
        return False
    sound = True
    for clause, text, examine in RULES:
        try:
            broken = list(examine(file))
        except Exception as error:  # noqa: BLE001 – a file that breaks a check breaks the rule
            broken = [f"{type(error).__name__}: {error}"]
        sound &= not broken
        more = f" (and {len(broken) - 3} more)" if len(broken) > 3 else ""
        note = f": {'; '.join(broken[:3])}{more}" if broken else ""
        print(f"{clause:<10} {'FAIL' if broken else 'pass'}  {text}{note}")
    return sound


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all([check(path) for path in sys.argv[1:]]) else 1)

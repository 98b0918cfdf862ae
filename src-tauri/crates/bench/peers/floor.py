"""What no program can do without, each part alone: libjpeg-turbo through OpenCV, C_Sign through python-pkcs11, SHA-256
through OpenSSL, one fsync."""

import hashlib
import os
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np
import page
import pdf
from pkcs11 import KeyType, Mechanism, ObjectClass
from pkcs11.constants import Attribute

_key = None


def c_sign() -> float:
    """SHA-256 with RSA over as many bytes as signed attributes have."""
    global _key
    if _key is None:
        _key = next(iter(pdf.Warm.session.get_objects({
            Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.KEY_TYPE: KeyType.RSA})))
    begun = perf_counter()
    _key.sign(b"\x31" * 200, mechanism=Mechanism.SHA256_RSA_PKCS)
    return perf_counter() - begun


def job(photo: str, out: str) -> dict:
    data = np.fromfile(photo, np.uint8)
    begun = perf_counter()
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    decode = perf_counter() - begun
    sheet = page.straightened(picture, page.outline(picture))
    begun = perf_counter()
    jpeg = page.encoded(sheet)
    encode = perf_counter() - begun
    with open(out, "wb") as file:
        file.write(jpeg)
        file.flush()
        begun = perf_counter()
        os.fsync(file.fileno())
        fsync = perf_counter() - begun
    sign = c_sign()
    return {"seconds": decode + encode + fsync + sign, "decode": decode, "encode": encode, "fsync": fsync, "sign": sign}


def sign(file: str, out: str) -> dict:
    document = Path(file).read_bytes()
    begun = perf_counter()
    hashlib.sha256(document).digest()
    digest = perf_counter() - begun
    seconds = c_sign()
    begun = perf_counter()
    Path(out).write_bytes(document)
    write = perf_counter() - begun
    return {"seconds": digest + seconds + write, "sha256": digest, "sign": seconds, "write": write}

"""qr_read.py PICTURE…: prints the text of every QR code found, by zxing-cpp."""

import sys

import cv2
import zxingcpp

found = False
for path in sys.argv[1:]:
    for code in zxingcpp.read_barcodes(cv2.imread(path)):
        print(code.text)
        found = True
sys.exit(0 if found else 1)

#!/usr/bin/env python3
"""The peers in one warm process: one JSON command a line in, one JSON answer a line out.

    {"do": "detect", "frame": "…"}   →   {"seconds": 0.0123, …}   or   {"error": "…"}

Every command times itself, so that neither the pipe nor JSON counts against a peer. Needs tests/second_readers/
requirements.txt and requirements.txt beside this file.
"""

import json
import sys

try:
    import floor
    import page
    import pdf
except ImportError as missing:
    sys.exit(f"{missing}. Install for this Python: pip install -r tests/second_readers/requirements.txt "
             "-r src-tauri/crates/bench/peers/requirements.txt")

COMMANDS = {
    "versions": pdf.versions,
    "open_token": pdf.open_token,
    "frame": page.frame,
    "detect": page.detect,
    "decode": page.decode,
    "straighten": page.straighten,
    "encode": page.encode,
    "iou": page.iou,
    "job": pdf.job,
    "sign": pdf.sign,
    "verify": pdf.verify,
    "floor_job": floor.job,
    "floor_sign": floor.sign,
}


def main() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = COMMANDS[command.pop("do")](**command)
        except Exception as error:  # the bench must hear of it, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

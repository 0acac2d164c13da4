"""What documents are made from, as a short text: it changes when the model or the code that reads it does.

A document's name can so be told without making the document.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import minik8s.api


@cache
def _sources() -> bytes:
    found = hashlib.sha512()
    for folder in (Path(__file__).parent, Path(minik8s.api.__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            found.update(path.read_bytes())
    return found.digest()


def digest(*parts: bytes) -> str:
    """The name of a document that is made from `parts`."""
    found = hashlib.sha512(_sources())
    for part in parts:
        found.update(b"%d " % len(part))
        found.update(part)
    return found.hexdigest().upper()

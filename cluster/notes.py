"""What a cluster writes down for later: JSON files that are there whole or not at all; damaged ones are named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class ClusterError(Exception):
    """The command cannot be done; the message tells why and what to do."""


def write(path: Path, content: Any) -> None:
    """Put a note in place. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.new")
    with half.open("w") as file:
        file.write(json.dumps(content, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """A note; None when there is none. Raises ClusterError for what cannot be read or is no note."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ClusterError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise damaged(path, str(error)) from None
    if not isinstance(found, dict):
        raise damaged(path, "an object is expected")
    return found


def damaged(path: Path, why: str) -> ClusterError:
    """What to raise about a note that says what cannot be."""
    return ClusterError(f"cannot read {path}: it is damaged ({why}); remove it to go on without what it says")

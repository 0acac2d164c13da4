"""The last words of a container: what it wrote to its termination message file, or the end of its log."""

from __future__ import annotations

import contextlib
import json
import os

from kubelet import labels
from kubelet.runtime.types import Details

FILE_LIMIT = 4096
LOG_LIMIT, LOG_LINES = 2048, 80


def termination_message(details: Details) -> str:
    """The message of a container that ended, "" when it left none."""
    text = ""
    path = details.labels.get(labels.MESSAGE_PATH, "")
    if path:
        with contextlib.suppress(OSError), open(path, "rb") as file:
            text = file.read(FILE_LIMIT).decode(errors="replace")
    failed = details.exit_code != 0 or details.oom_killed
    if not text and failed and details.labels.get(labels.MESSAGE_POLICY) == "FallbackToLogsOnError":
        text = _end_of_log(details.log_path)
    return text


def _end_of_log(path: str) -> str:
    lines: list[str] = []
    with contextlib.suppress(OSError), open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - 64 * 1024, 0))
        for line in file.read().splitlines()[-LOG_LINES:]:
            with contextlib.suppress(ValueError, TypeError, KeyError):
                lines.append(str(json.loads(line)["log"]))
    return "".join(lines).encode()[-LOG_LIMIT:].decode(errors="replace")

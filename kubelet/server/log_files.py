"""Reading the JSON lines an engine keeps of a container's output, rotated files included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

_PIECE = 256 * 1024


class Entry(msgspec.Struct):
    """One line, or a piece of a long one (then `log` does not end with a newline)."""

    log: str = ""
    stream: str = ""
    time: str = ""


_decode = msgspec.json.Decoder(Entry).decode


def stamp(time: str) -> str:
    """A time in UTC in a form whose order as text is its order in time."""
    seconds, _, fraction = time.rstrip("Z").partition(".")
    return f"{seconds}.{fraction:0<9}"


def stamp_of(moment: datetime) -> str:
    """The same of a moment."""
    return stamp(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"))


def entries(lines: bytes) -> Iterator[Entry]:
    """The entries of whole lines; what is no entry (a file cut by a crash) is left out."""
    for line in lines.splitlines():
        try:
            yield _decode(line)
        except msgspec.MsgspecError:
            continue


def rotated(path: str) -> list[str]:
    """The files of one log that are there, oldest first."""
    found, number = [path], 1
    while os.path.exists(f"{path}.{number}"):
        found.append(f"{path}.{number}")
        number += 1
    return found[::-1]


class LogFile:
    """One open file of a log, read in pieces of whole lines. Raises OSError."""

    def __init__(self, path: str, offset: int = 0) -> None:
        self._file = open(path, "rb", buffering=0)
        self._file.seek(offset)
        self._rest = b""
        self.inode = os.fstat(self._file.fileno()).st_ino

    def read(self) -> bytes:
        """The next whole lines; b"" when there are none (yet)."""
        while piece := self._file.read(_PIECE):
            whole, newline, rest = piece.rpartition(b"\n")
            if newline:
                found = self._rest + whole + newline
                self._rest = rest
                return found
            self._rest += piece
        return b""

    def close(self) -> None:
        """Let go of it."""
        self._file.close()


_LINE_END = b'\\n","stream"'


def tail_start(paths: list[str], count: int) -> tuple[int, int]:
    """(index into `paths`, offset) from which the last `count` lines of output are.

    Of a long line, which several entries hold, all pieces are taken.
    """
    if count == 0:
        return len(paths) - 1, os.path.getsize(paths[-1])
    newest = True
    for index in range(len(paths) - 1, -1, -1):
        offset, count = _tail(Path(paths[index]), count, newest)
        if offset is not None:
            return index, offset
        newest = False
    return 0, 0


def _tail(path: Path, wanted: int, newest: bool) -> tuple[int | None, int]:
    """(offset where the last `wanted` lines begin, None when there are fewer; how many are then still wanted)."""
    with path.open("rb") as file:
        at, later = file.seek(0, os.SEEK_END), b""
        while at > 0:
            size = min(_PIECE, at)
            at -= size
            file.seek(at)
            block = file.read(size) + later
            starts = [0] if at == 0 else []
            position = block.find(b"\n")
            while 0 <= position < len(block) - 1:
                starts.append(position + 1)
                position = block.find(b"\n", position + 1)
            for start in reversed(starts):
                stop = block.find(b"\n", start) + 1 or len(block)
                if block.find(_LINE_END, start, stop) < 0:
                    # The newest line may not have ended yet; other such entries are the beginnings of long lines.
                    wanted -= 1 if newest else 0
                elif wanted == 0:
                    return at + stop, 0
                else:
                    wanted -= 1
                newest = False
            later = block[: starts[0]] if starts else block
    return None, wanted

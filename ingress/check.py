"""`nginx -t` on a configuration before it is taken, and whose fault it is when it is refused."""

from __future__ import annotations

import asyncio
import dataclasses
import re

from ingress.frame import Frame
from ingress.lines import Written
from ingress.model import Key

_SECONDS = 60.0
_EMERGENCY = re.compile(r"\[emerg\] (?:\d+#\d+: )?(.*)")
_LINE = re.compile(r" in \S+:(\d+)$")
_PAIR = re.compile(r"(tls/[0-9a-f]{32}\.pem)")


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """Why a configuration cannot be: for the Ingress at fault, or the file of a certificate."""

    message: str
    owner: Key | None = None
    certificate: str = ""


async def check(program: str, frame: Frame, written: Written) -> Refusal | None:
    """None when nginx would take it. Raises OSError when nginx cannot be asked."""
    frame.candidate.write_text(written.text)
    child = await asyncio.create_subprocess_exec(
        program, "-t", "-q", "-p", str(frame.folder), "-c", str(frame.candidate), "-e", "stderr",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            _, said = await child.communicate()
    except TimeoutError:
        child.kill()
        raise OSError(f"nginx -t does not end within {_SECONDS:g}s") from None
    except BaseException:
        if child.returncode is None:
            child.kill()
        raise
    if child.returncode == 0:
        return None
    return judge(said.decode(errors="replace"), written)


def judge(said: str, written: Written) -> Refusal:
    """What nginx's complaint means."""
    found = [m[1] for line in said.splitlines() if (m := _EMERGENCY.search(line))]
    message = found[0] if found else said.strip()[-300:] or "nginx gives no reason"
    pair, line = _PAIR.search(message), _LINE.search(message)
    owner = written.owner_of(int(line[1])) if line else None
    return Refusal(_LINE.sub("", message), owner, pair[1] if pair else "")

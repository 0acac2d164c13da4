"""`/healthz`, `/livez` and `/readyz`: named checks, alone and together, with `?verbose` and `?exclude`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import structlog

log = structlog.get_logger("apiserver.health")

Check = Callable[[], None | Awaitable[None]]
"""Returns when well, raises with the reason when not."""
ROOTS = ("/healthz", "/livez", "/readyz")
_SECONDS = 5.0


class Answer(NamedTuple):
    """Status and text of an answer."""

    status: int
    text: str


class Hook:
    """Work that is done once after the start; its check fails until `done` is called."""

    def __init__(self) -> None:
        self._finished = False

    def done(self) -> None:
        """The work is done."""
        self._finished = True

    def check(self) -> None:
        """Raises RuntimeError until then."""
        if not self._finished:
            raise RuntimeError("not finished")


class Health:
    """The checks in the order in which they were added; every root has its own set."""

    def __init__(self) -> None:
        self._checks: dict[str, dict[str, Check]] = {root: {} for root in ROOTS}
        # How often a check was run and found well or not: (root, name, status) -> times.
        self.counts: dict[tuple[str, str, str], int] = {}
        self.add("ping", _well)
        self.add("log", _well)

    def add(self, name: str, check: Check, roots: Iterable[str] = ROOTS) -> None:
        """Add a check to these roots, or put it in the place of the one of that name."""
        for root in roots:
            self._checks[root][name] = check

    def hook(self, name: str) -> Hook:
        """A new `poststarthook/<name>` on every root."""
        made = Hook()
        self.add(f"poststarthook/{name}", made.check)
        return made

    def paths(self) -> list[str]:
        """Every path that `answer` knows."""
        return [
            path for root, checks in self._checks.items() for path in (root, *(f"{root}/{name}" for name in checks))
        ]

    async def figures(self) -> bytes:
        """Every check, run now, as Prometheus' text: what service level indicators are made of."""
        lines = [
            "# HELP kubernetes_healthcheck Whether a check finds everything well.",
            "# TYPE kubernetes_healthcheck gauge",
        ]
        for root, checks in self._checks.items():
            for name, check in checks.items():
                well = not await self._run(root[1:], name, check)
                lines.append(f'kubernetes_healthcheck{{name="{name}",type="{root[1:]}"}} {int(well)}')
        lines.append("# HELP kubernetes_healthchecks_total How often a check was run, by what it found.")
        lines.append("# TYPE kubernetes_healthchecks_total counter")
        for (root, name, status), count in self.counts.items():
            labels = f'name="{name}",status="{status}",type="{root}"'
            lines.append(f"kubernetes_healthchecks_total{{{labels}}} {count}")
        return ("\n".join(lines) + "\n").encode()

    async def _run(self, root: str, name: str, check: Check) -> str:
        trouble = await trouble_of(check)
        key = (root, name, "error" if trouble else "success")
        self.counts[key] = self.counts.get(key, 0) + 1
        return trouble

    async def answer(self, path: str, *, verbose: bool = False, exclude: Iterable[str] = ()) -> Answer | None:
        """What to say at a path, None where there is no such check."""
        root, _, one = path[1:].partition("/")
        checks = self._checks.get("/" + root)
        if checks is None or path.endswith("/"):
            return None
        if one:
            check = checks.get(one)
            if check is None:
                return None
            trouble = await self._run(root, one, check)
            return Answer(500, f"internal server error: {trouble}\n") if trouble else Answer(200, "ok")
        left_out = dict.fromkeys(exclude)
        lines, failed = [], []
        for name, check in checks.items():
            if name in left_out:
                del left_out[name]
                lines.append(f"[+]{name} excluded: ok\n")
            elif trouble := await self._run(root, name, check):
                failed.append(f"{name}: {trouble}")
                lines.append(f"[-]{name} failed: reason withheld\n")
            else:
                lines.append(f"[+]{name} ok\n")
        if left_out:
            named = ", ".join(f'"{name}"' for name in left_out)
            lines.append(f"warn: some health checks cannot be excluded: no matches for {named}\n")
        text = "".join(lines)
        if failed:
            log.warning("health checks failed", of=root, failed=failed)
            return Answer(500, f"{text}{root} check failed\n")
        return Answer(200, f"{text}{root} check passed\n" if verbose else "ok")


async def trouble_of(check: Check) -> str:
    """Why a check fails, "" when it does not."""
    try:
        found = check()
        if inspect.isawaitable(found):
            async with asyncio.timeout(_SECONDS):
                await found
    except Exception as error:
        return str(error) or type(error).__name__
    return ""


def _well() -> None:
    return

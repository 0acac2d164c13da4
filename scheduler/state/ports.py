"""Ports of nodes that Pods hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from scheduler.pods.template import HostPort

_ANY = "0.0.0.0"


class Ports:
    """For each protocol and port, on which rows and addresses it is held."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], dict[int, Counter[str]]] = {}

    def add(self, row: int, ports: Iterable[HostPort]) -> None:
        """A Pod on that row takes ports."""
        for protocol, port, ip in ports:
            self._held.setdefault((protocol, port), {}).setdefault(row, Counter())[ip] += 1

    def remove(self, row: int, ports: Iterable[HostPort]) -> None:
        """A Pod on that row gives its ports back."""
        for protocol, port, ip in ports:
            rows = self._held.get((protocol, port), {})
            held = rows.get(row)
            if held is None:
                continue
            held[ip] -= 1
            if held[ip] <= 0:
                del held[ip]
            if not held:
                del rows[row]
            if not rows:
                del self._held[protocol, port]

    def conflicts(self, ports: Iterable[HostPort]) -> set[int]:
        """The rows where one of the ports is held already; the address 0.0.0.0 conflicts with all others."""
        found = set()
        for protocol, port, ip in ports:
            for row, held in self._held.get((protocol, port), {}).items():
                if ip == _ANY or ip in held or _ANY in held:
                    found.add(row)
        return found

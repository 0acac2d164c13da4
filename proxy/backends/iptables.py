"""The iptables back end: chains of changed services by `iptables-restore --noflush`, hooks put in place once."""

from __future__ import annotations

from collections.abc import Collection

from proxy import tool
from proxy.backend import Desired
from proxy.backends import iptables_rules as rules

_OURS = ("KUBE-SVC-", "KUBE-SEP-")
_FIXED = {
    "nat": ("KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"),
    "filter": ("KUBE-PROXY-FIREWALL", "KUBE-PROXY-NODEPORTS"),
}


class IptablesBackend:
    """Same semantics as nftables, for machines whose firewall is iptables."""

    name = "iptables"

    def __init__(self, cluster_cidr: str) -> None:
        self._cluster_cidr = cluster_cidr
        self._chains: dict[str, dict[str, list[str]]] = {}

    async def apply(self, desired: Desired, changed: Collection[str] | None) -> None:
        """Program the difference; see `ProxyBackend`."""
        gone: set[str] = set()
        if changed is None:
            await self._restore(rules.base())
            await self._hooks()
            gone = await self._present()
            self._chains = {}
            changed = desired.keys()
        written: dict[str, list[str]] = {}
        for key in changed:
            held = self._chains.pop(key, {})
            wanted: dict[str, list[str]] = {}
            for front in desired.get(key, ()):
                wanted.update(rules.front_chains(front))
            gone |= held.keys() - wanted.keys()
            gone -= wanted.keys()
            written.update({name: lines for name, lines in wanted.items() if held.get(name) != lines})
            if wanted:
                self._chains[key] = wanted
        fronts = [front for key in sorted(desired) for front in desired[key]]
        await self._restore(rules.restore(written, gone, fronts, self._cluster_cidr))

    def service_networks(self, cidrs: tuple[str, ...]) -> None:
        """Addresses no Service has are left to the routes."""

    async def cleanup(self) -> None:
        """Remove hooks and chains."""
        self._chains = {}
        for table, chain, rule in rules.JUMPS:
            await tool.run("iptables", "-w", "5", "-t", table, "-D", chain, *rule.split(), check=False)
        saved = {table: await tool.run("iptables-save", "-t", table) for table in _FIXED}
        for table, fixed in _FIXED.items():
            present = [line[1:].split()[0] for line in saved[table].splitlines() if line.startswith(":")]
            ours = [name for name in present if name in fixed or name.startswith(_OURS)]
            if ours:
                lines = [f"*{table}", *(f":{n} - [0:0]" for n in ours), *(f"-X {n}" for n in ours), "COMMIT", ""]
                await self._restore("\n".join(lines))

    async def _present(self) -> set[str]:
        saved = await tool.run("iptables-save", "-t", "nat")
        names = {line[1:].split()[0] for line in saved.splitlines() if line.startswith(":")}
        return {name for name in names if name.startswith(_OURS)}

    async def _hooks(self) -> None:
        saved = {table: await tool.run("iptables-save", "-t", table) for table in _FIXED}
        for table, chain, rule in rules.JUMPS:
            if f"-A {chain} {rule}\n" not in saved[table]:
                await tool.run("iptables", "-w", "5", "-t", table, "-I", chain, *rule.split())

    async def _restore(self, text: str) -> None:
        await tool.run("iptables-restore", "-w", "5", "--noflush", text=text)

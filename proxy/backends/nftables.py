"""The nftables back end: one table, changed element by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from proxy import tool
from proxy.backend import Desired
from proxy.backends import nft_base
from proxy.backends.nft_elements import AffinityChain, Elements, hairpins, render
from proxy.topology import Front

TABLE = nft_base.TABLE
_BATCH = 2000


class NftablesBackend:
    """Keeps what it programmed, and sends the kernel only what differs, in one transaction."""

    name = "nftables"

    def __init__(self, cluster_cidr: str, nodeport_addresses: Iterable[str] = ()) -> None:
        self._cluster_cidr = cluster_cidr
        self._nodeport_addresses = tuple(nodeport_addresses)
        self._service_networks: tuple[str, ...] = ()
        self._forget()

    def _forget(self) -> None:
        self._services: dict[str, tuple[Front, ...]] = {}
        self._held: dict[str, Elements] = {}
        self._owner: dict[tuple[str, str], str] = {}
        self._losers: dict[tuple[str, str], set[str]] = {}
        self._picks: set[tuple[str, int, str]] = set()
        self._slots: Counter[str] = Counter()
        self._affinity: dict[str, dict[str, AffinityChain]] = {}
        self._hairpin: Counter[str] = Counter()

    async def apply(self, desired: Desired, changed: Collection[str] | None) -> None:
        """Program the difference; see `ProxyBackend`."""
        script = self.script(desired, changed)
        if script:
            await tool.run("nft", "-f", "-", text=script)

    def service_networks(self, cidrs: tuple[str, ...]) -> None:
        """What is in these networks and no Service's is dropped."""
        self._service_networks = cidrs

    async def cleanup(self) -> None:
        """Remove the table."""
        self._forget()
        await tool.run("nft", "-f", "-", text=f"add table ip {TABLE}\ndelete table ip {TABLE}\n")

    def script(self, desired: Desired, changed: Collection[str] | None) -> str:
        """The commands for `nft -f`; "" when nothing differs. Takes them as done."""
        head = ""
        if changed is None:
            self._forget()
            head = nft_base.base(self._cluster_cidr, self._nodeport_addresses, self._service_networks)
            changed = desired.keys()
        gone: Elements = {}
        new: Elements = {}
        lines: list[str] = []
        late: list[str] = []
        pending = list(dict.fromkeys(changed))
        again: set[str] = set()
        # Services that lose elements go first: a port may move from one Service to another in one transaction.
        pending.sort(key=lambda key: bool(desired.get(key)))
        while pending:
            key = pending.pop(0)
            before, after = self._services.get(key, ()), desired.get(key, ())
            if before == after and key not in again and not self._lost(key):
                continue
            freed = self._change(key, after, gone, new, lines, late)
            again.update(freed)
            pending += freed
        removed = {k: v for k, v in gone.items() if new.get(k) != v}
        added = {k: v for k, v in new.items() if gone.get(k) != v}
        body = lines + list(_elements("delete", removed)) + list(_elements("add", added)) + late
        return head + "\n".join(body) + ("\n" if body else "")

    def _lost(self, key: str) -> bool:
        return any(key in losers for losers in self._losers.values())

    def _change(
        self,
        key: str,
        fronts: tuple[Front, ...],
        gone: Elements,
        new: Elements,
        lines: list[str],
        late: list[str],
    ) -> list[str]:
        again: set[str] = set()
        wanted: Elements = {}
        chains: dict[str, AffinityChain] = {}
        for front in fronts:
            made = render(front)
            for view, count, masquerade in sorted(made.picks - self._picks):
                for number in range(self._slots[view], count):
                    lines += nft_base.slot(view, number)
                self._slots[view] = max(self._slots[view], count)
                lines += nft_base.pick(view, count, masquerade)
            self._picks |= made.picks
            chains.update({chain.name: chain for chain in made.affinity})
            wanted.update(made.elements)
        held = self._held.get(key, {})
        for slot in held.keys() - wanted.keys():
            value = held[slot]
            self._owner.pop(slot, None)
            _drop(slot, value, gone, new)
            again |= self._losers.pop(slot, set()) - {key}
        kept: Elements = {}
        for slot, value in wanted.items():
            if self._owner.setdefault(slot, key) != key:
                self._losers.setdefault(slot, set()).add(key)
                continue
            kept[slot] = value
            if slot not in held:
                new[slot] = value
            elif held[slot] != value:
                _drop(slot, held[slot], gone, new)
                new[slot] = value
        self._held[key] = kept
        self._chains(key, chains, lines, late)
        self._hairpins(key, fronts, gone, new)
        if fronts:
            self._services[key] = fronts
        else:
            self._services.pop(key, None)
            self._held.pop(key, None)
            for losers in self._losers.values():
                losers.discard(key)
        return sorted(again)

    def _chains(self, key: str, chains: dict[str, AffinityChain], lines: list[str], late: list[str]) -> None:
        held = self._affinity.get(key, {})
        for name, chain in chains.items():
            before = held.get(name)
            if before == chain:
                continue
            lines += nft_base.affinity(chain)
            if before is not None:
                now = {chain.member(e) for e in chain.endpoints}
                late += _forget_members(m for e in before.endpoints if (m := before.member(e)) not in now)
        for name in held.keys() - chains.keys():
            members = [held[name].member(e) for e in held[name].endpoints]
            late += [f"flush chain ip {TABLE} {name}", f"delete chain ip {TABLE} {name}", *_forget_members(members)]
        if chains:
            self._affinity[key] = chains
        else:
            self._affinity.pop(key, None)

    def _hairpins(self, key: str, fronts: tuple[Front, ...], gone: Elements, new: Elements) -> None:
        before, after = hairpins(self._services.get(key, ())), hairpins(fronts)
        for ip in after - before:
            self._hairpin[ip] += 1
            if self._hairpin[ip] == 1:
                new[("hairpin", f"{ip} . {ip}")] = ""
        for ip in before - after:
            self._hairpin[ip] -= 1
            if not self._hairpin[ip]:
                del self._hairpin[ip]
                _drop(("hairpin", f"{ip} . {ip}"), "", gone, new)


def _drop(slot: tuple[str, str], value: str, gone: Elements, new: Elements) -> None:
    if slot in new and slot not in gone:
        del new[slot]
    else:
        new.pop(slot, None)
        gone.setdefault(slot, value)


def _forget_members(names: Iterable[str]) -> list[str]:
    lines = []
    for name in names:
        lines += [f"flush chain ip {TABLE} {name}", f"delete chain ip {TABLE} {name}", f"delete set ip {TABLE} {name}"]
    return lines


def _elements(verb: str, elements: Elements) -> Iterable[str]:
    by_map: dict[str, list[str]] = {}
    for (where, key), value in elements.items():
        text = f"{key} : {value}" if value and verb == "add" else key
        by_map.setdefault(where, []).append(text)
    for where, found in by_map.items():
        for start in range(0, len(found), _BATCH):
            yield f"{verb} element ip {TABLE} {where} {{ {', '.join(found[start : start + _BATCH])} }}"

from __future__ import annotations

from cluster import leftovers


def test_what_is_new_is_named_and_what_is_gone_too() -> None:
    before = {"mount": {"/a"}, "process": {"1 x"}, "interface": {"eth0"}, "address": set(), "nftables": set()}
    before["iptables-legacy"] = set()
    after = {"mount": {"/a", "/b"}, "process": set(), "interface": set(), "address": set(), "nftables": set()}
    assert leftovers.compare(before, after) == ["mount left behind: /b", "interface gone: eth0"]


def test_a_picture_is_the_same_when_nothing_happens() -> None:
    before = leftovers.picture()
    assert leftovers.compare(before, leftovers.picture()) == []

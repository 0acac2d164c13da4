from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cluster import leftovers

ROOT = Path(__file__).parents[3]


def test_what_is_new_is_named_and_what_is_gone_too() -> None:
    before = {"mount": {"/a"}, "process": {"1 x"}, "interface": {"eth0"}, "address": set(), "nftables": set()}
    before["iptables-legacy"] = set()
    after = {"mount": {"/a", "/b"}, "process": set(), "interface": set(), "address": set(), "nftables": set()}
    assert leftovers.compare(before, after) == ["mount left behind: /b", "interface gone: eth0"]


@pytest.mark.root
def test_a_picture_is_the_same_when_nothing_happens() -> None:
    """In namespaces of its own: on the machine itself others come and go."""
    alone = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", sys.executable, "-c"]
    look = "from cluster import leftovers as l; before = l.picture(); print(l.compare(before, l.picture()))"
    found = subprocess.run([*alone, look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"

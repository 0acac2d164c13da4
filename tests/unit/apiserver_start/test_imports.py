"""A start imports only what every start needs: what is used by few is imported where it is used."""

from __future__ import annotations

import subprocess
import sys

# Each costs a start tens of milliseconds: clients of backends and webhooks, etcd, files of settings, other daemons'.
HEAVY = {"aiohttp", "yarl", "grpc", "google.protobuf", "pydantic", "numpy", "docker", "prometheus_client", "rich"}
PROBE = "import sys, apiserver.command; print(*sorted(set(sys.modules)))"


def test_what_few_need_is_not_imported_at_a_start() -> None:
    loaded = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True).stdout.split()
    assert "apiserver.app" in loaded
    assert sorted(HEAVY.intersection(loaded)) == []


def test_cycles_are_looked_for_only_after_the_start() -> None:
    probe = "import gc, apiserver.__main__ as m; print(gc.isenabled()); m.main()"
    shown = subprocess.run([sys.executable, "-c", probe, "--help"], capture_output=True, text=True)
    assert shown.stdout.startswith("True\nUsage:"), shown.stderr
    probe = "import gc; gc.disable(); import apiserver.collection as c; c.spare_the_collector(); print(gc.isenabled())"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True).stdout == "True\n"

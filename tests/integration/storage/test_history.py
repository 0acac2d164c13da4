"""Recorded histories of concurrent clients under faults, judged by the checker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.storm import etcd_storm, seconds, sqlite_storm

ROOT = Path(__file__).resolve().parents[3]
SEED = int(os.environ.get("MINIK8S_STORM_SEED", "0")) or int(time.time())
needs_etcd = pytest.mark.skipif(not shutil.which("etcd"), reason="no etcd")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(150 + 3 * seconds())]


def judge(problems: list[str], said: str) -> None:
    print(f"seed {SEED}: {said}")
    assert not problems, f"seed {SEED}: {said}\n" + "\n".join(problems[:20])


async def test_sqlite_server_killed_at_random_points(tmp_path: Path) -> None:
    judge(*await sqlite_storm(tmp_path, SEED))


@pytest.mark.etcd
@needs_etcd
async def test_etcd_members_killed_and_hung(tmp_path: Path) -> None:
    judge(*await etcd_storm(tmp_path, SEED))


@pytest.mark.etcd
@pytest.mark.root
@needs_etcd
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_etcd_members_cut_off_from_their_peers() -> None:
    # A network namespace of its own: the rules that cut members off end with it.
    argv = ["unshare", "--net", sys.executable, "-m", "tests.support.storm", str(SEED)]
    ran = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    judge(found["problems"], found["said"])

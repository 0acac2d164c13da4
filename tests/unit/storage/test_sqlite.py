"""The SQLite store's file: bounded, for one process, faults told in words, nothing acknowledged lost by kill -9."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from apiserver.storage import compactor
from apiserver.storage.sqlite import SQLiteStore
from apiserver.storage.sqlite_file import failure
from apiserver.storage.store import Compacted, StoreError
from minik8s.testing.fake_clock import FakeClock

ROOT = Path(__file__).resolve().parents[3]


async def test_compaction_gives_space_back_and_leaves_what_is_current(tmp_path: Path) -> None:
    path = tmp_path / "db"
    store = await SQLiteStore.open(str(path))
    value = b"x" * 8192
    revisions = list(await asyncio.gather(*(store.create(f"/k/{n}", value) for n in range(100))))
    for _ in range(12):
        changed = (store.update(f"/k/{n}", value, r) for n, r in enumerate(revisions))
        revisions = list(await asyncio.gather(*changed))
    await store.close()
    full = path.stat().st_size
    store = await SQLiteStore.open(str(path))
    await store.delete("/k/0", revisions[0])
    now = await store.revision()
    await store.compact(now)
    assert sorted(i.mod_revision for i in (await store.range("/k/")).items) == revisions[1:]
    with pytest.raises(Compacted):
        await store.range("/k/", revision=now - 1)
    await store.close()
    assert path.stat().st_size < full / 8


async def test_a_broken_off_sweep_is_finished_by_the_next_compaction(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    store = await SQLiteStore.open(path)
    revision = await store.create("/k", b"0")
    for n in range(10):
        revision = await store.update("/k", b"%d" % n, revision)
    await store.close()
    with sqlite3.connect(path) as db:
        # As a process leaves it that was killed behind the first step.
        db.execute("REPLACE INTO state VALUES ('compacted', ?)", (revision,))
    store = await SQLiteStore.open(path)
    with pytest.raises(Compacted):
        await store.range("/k", revision=revision - 1)
    await store.compact(revision)
    await store.close()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM log").fetchone() == (1,)


async def test_history_reaches_back_one_to_two_intervals(tmp_path: Path) -> None:
    clock = FakeClock()
    store = await SQLiteStore.open(str(tmp_path / "db"), clock)
    task = asyncio.create_task(compactor.compact_forever(store, 300, clock))
    compacted: list[int] = []
    real = store.compact

    async def compact(revision: int) -> None:
        await real(revision)
        compacted.append(revision)

    store.compact = compact  # type: ignore[method-assign]

    async def interval() -> None:
        async with asyncio.timeout(30):
            while not clock._sleepers:
                await asyncio.sleep(0.001)
            turns = len(compacted)
            await clock.advance(300)
            while len(compacted) == turns:
                await asyncio.sleep(0.001)

    revision = await store.create("/k", b"1")
    await interval()
    assert (await store.range("/k", revision=revision)).items
    await store.update("/k", b"2", revision)
    await interval()
    assert (await store.range("/k", revision=revision)).items
    await interval()
    with pytest.raises(Compacted):
        await store.range("/k", revision=revision)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.close()


async def test_expiry_survives_a_restart(tmp_path: Path) -> None:
    clock = FakeClock()
    store = await SQLiteStore.open(str(tmp_path / "db"), clock)
    await store.create("/e", b"1", ttl=60)
    await store.close()
    clock = FakeClock(clock.now())
    store = await SQLiteStore.open(str(tmp_path / "db"), clock)
    assert await store.get("/e") is not None
    async with asyncio.timeout(30):
        while not clock._sleepers:
            await asyncio.sleep(0.001)
        await clock.advance(62)
        while await store.get("/e") is not None:
            await asyncio.sleep(0.001)
    await store.close()


async def test_a_second_process_is_refused_and_told_who_serves(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    store = await SQLiteStore.open(path)
    with pytest.raises(StoreError, match=rf"in use by process {os.getpid()}; only one API server"):
        await SQLiteStore.open(path)
    await store.close()
    await (await SQLiteStore.open(path)).close()


async def test_faults_of_the_file_are_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the directory .*/no does not exist"):
        await SQLiteStore.open(str(tmp_path / "no" / "db"))
    with pytest.raises(StoreError, match="this is a directory"):
        await SQLiteStore.open(str(tmp_path))
    (tmp_path / "text").write_text("this is no database, however long it may be" * 100)
    with pytest.raises(StoreError, match="is no SQLite database"):
        await SQLiteStore.open(str(tmp_path / "text"))
    newer = tmp_path / "newer"
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match="written by a newer version"):
        await SQLiteStore.open(str(newer))


async def test_a_damaged_file_fails_the_call_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "db"
    store = await SQLiteStore.open(str(path))
    for n in range(50):
        await store.create(f"/k/{n}", b"x" * 8000)
    await store.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="the database is damaged; put a backup in its place"):
        store = await SQLiteStore.open(str(path))
        try:
            await store.range("/k/")
        finally:
            await store.close()


async def test_a_full_disk_fails_the_write_and_leaves_the_store_well(tmp_path: Path) -> None:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    made = await store.create("/k", b"1")
    db = store._file.db
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0] + 5}")
    # The second one waits behind the first, and was let in by what the first would have made.
    large = asyncio.create_task(store.create("/large", b"x" * 200_000))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    behind = asyncio.create_task(store.update("/large", b"y", made + 1))
    for failed in (large, behind):
        with pytest.raises(StoreError, match="no space is left on its disk; nothing was written"):
            await failed
    assert await store.revision() == made and await store.get("/large") is None
    db.execute("PRAGMA max_page_count=100000")
    assert await store.create("/small", b"1") == made + 1
    assert await store.update("/k", b"2", made) == made + 2
    await store.close()


async def test_a_file_of_the_first_format_is_brought_up(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE log (revision INTEGER PRIMARY KEY, key TEXT NOT NULL, create_revision INTEGER NOT NULL,"
            " value BLOB, previous BLOB); CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL);"
            "INSERT INTO log VALUES (2, '/a', 2, x'31', NULL), (3, '/a', 2, x'32', x'31')"
        )
    db.close()
    store = await SQLiteStore.open(path)
    found = await store.get("/a")
    assert found is not None and (found.value, found.mod_revision) == (b"2", 3)
    async for batch in store.watch("/a", 1):
        assert [c.value for c in batch] == [b"1", b"2"]
        break
    await store.close()


_WRITER = """
import asyncio, sys
from apiserver.storage.sqlite import SQLiteStore
async def main():
    store = await SQLiteStore.open(sys.argv[1])
    async def write(who):
        n = 0
        while True:
            revision = await store.create(f"/k/{sys.argv[2]}-{who}-{n}", b"v" * 500)
            print(f"/k/{sys.argv[2]}-{who}-{n} {revision}", flush=True)
            n += 1
    await asyncio.gather(*(write(who) for who in range(8)))
asyncio.run(main())
"""


async def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    told: dict[str, int] = {}
    for turn in range(3):
        argv = [sys.executable, "-c", _WRITER, path, str(turn)]
        with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for count, line in enumerate(process.stdout):
                if line.endswith("\n"):
                    key, revision = line.split()
                    told[key] = int(revision)
                if count == 150 + 37 * turn:
                    process.send_signal(signal.SIGKILL)
    assert len(told) > 450 and len(set(told.values())) == len(told)
    store = await SQLiteStore.open(path)
    held = {item.key: item.mod_revision for item in (await store.range("/k/")).items}
    await store.close()
    assert {key: held.get(key) for key in told} == told


@pytest.mark.parametrize(("together", "statements"), [(1, 1), (2, 1), (7, 1), (64, 1), (65, 4), (300, 4), (700, 7)])
async def test_batches_of_any_size_are_written_whole_and_most_in_one_statement(
    tmp_path: Path, together: int, statements: int
) -> None:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    # The look for what expires, which comes first, is over with this.
    await store.get("/nothing")
    done: list[str] = []
    store._file.db.set_trace_callback(done.append)
    revisions = await asyncio.gather(*(store.create(f"/k/{n:04d}", b"%d" % n) for n in range(together)))
    store._file.db.set_trace_callback(None)
    assert revisions == list(range(revisions[0], revisions[0] + together))
    page = await store.range("/k/")
    assert [(item.key, item.value) for item in page.items] == [(f"/k/{n:04d}", b"%d" % n) for n in range(together)]
    assert len([each for each in done if each.startswith(("INSERT", "BEGIN", "COMMIT"))]) == statements
    await store.close()


async def test_a_value_that_was_mended_by_hand_is_read_like_others(tmp_path: Path) -> None:
    path = str(tmp_path / "db")
    store = await SQLiteStore.open(path)
    await store.create("/k/a", b"broken")
    await store.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE log SET value = 'mended' WHERE key = '/k/a'")
    store = await SQLiteStore.open(path)
    got = await store.get("/k/a")
    (listed,) = (await store.range("/k/")).items
    assert got is not None and got.value == listed.value == b"mended"
    await store.close()


@pytest.mark.parametrize(
    ("blocks", "message"), [(0, "db: no space is left on its disk"), (1 << 20, "db: disk I/O error")]
)
def test_an_error_of_the_disk_is_one_of_space_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int, message: str
) -> None:
    path = str(tmp_path / "db")
    found = os.statvfs(tmp_path)
    seen = os.statvfs_result((found.f_bsize, 4096, *found[2:4], blocks, *found[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: seen)
    assert str(failure(path, sqlite3.OperationalError("disk I/O error"))) == f"{tmp_path}/{message}"

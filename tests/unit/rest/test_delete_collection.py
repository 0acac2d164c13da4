"""Objects of a collection are deleted some at once, in order, and none any more after a failure."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from click.testing import CliRunner

from apiserver.rest.delete_collection import in_turn
from apiserver.storage.entry import Entry

NAMES = [f"n{number}" for number in range(10)]


class Deletes:
    """Deletes that take a few turns of the loop; `wrong` is the one that fails."""

    def __init__(self, wrong: str = "") -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.most = 0
        self._wrong = wrong

    async def __call__(self, entry: Entry) -> None:
        name = cast(str, entry)
        self.begun.append(name)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        for _ in range(3):
            await asyncio.sleep(0)
        self.ended.append(name)
        if name == self._wrong:
            raise ValueError(name)


@pytest.mark.parametrize("workers", [1, 4, 10])
async def test_so_many_are_under_way_as_there_are_workers(workers: int) -> None:
    deletes = Deletes()
    await in_turn(cast(Any, NAMES), workers, deletes)
    assert deletes.begun == NAMES and sorted(deletes.ended) == NAMES
    assert deletes.most == workers


@pytest.mark.parametrize(("workers", "begun"), [(1, NAMES[:3]), (2, NAMES[:4])])
async def test_after_a_failure_none_is_begun_and_those_under_way_end(workers: int, begun: list[str]) -> None:
    deletes = Deletes("n2")
    with pytest.raises(ValueError, match="n2"):
        await in_turn(cast(Any, NAMES), workers, deletes)
    assert deletes.begun == deletes.ended == begun


async def test_nothing_found_is_nothing_to_do() -> None:
    await in_turn((), 0, Deletes())


@pytest.mark.parametrize(("given", "workers"), [([], 16), (["--delete-collection-workers=3"], 3)])
def test_the_number_of_workers_is_a_flag(given: list[str], workers: int) -> None:
    import click

    from apiserver.chain.flags import request_flags, request_settings

    found: list[int] = []

    @click.command()
    @request_flags
    def command(**others: Any) -> None:
        found.append(request_settings(others, "", 6443).collection_workers)

    assert CliRunner().invoke(command, given).exit_code == 0
    assert found == [workers]

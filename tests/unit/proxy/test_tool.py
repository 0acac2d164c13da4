"""Running tools: what they say, what they are told, and that one told nothing may end at once."""

from __future__ import annotations

import pytest

from proxy import tool
from proxy.backend import BackendError


async def test_a_tool_that_is_told_nothing_has_no_pipe_to_break() -> None:
    assert (await tool.run("readlink", "/proc/self/fd/0")).strip() == "/dev/null"


async def test_a_tool_reads_what_it_is_told_and_its_failure_says_why() -> None:
    assert await tool.run("cat", text="*nat\nCOMMIT\n") == "*nat\nCOMMIT\n"
    with pytest.raises(BackendError, match="ls failed with 2: .*No such file"):
        await tool.run("ls", "/none/there")
    assert await tool.run("ls", "/none/there", check=False) == ""
    with pytest.raises(BackendError, match="is not installed"):
        await tool.run("no-such-tool")

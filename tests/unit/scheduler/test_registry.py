"""Where plugins come from: the scheduler itself, or installed packages."""

from __future__ import annotations

import pytest

from scheduler import registry


def test_our_own_and_those_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object) -> object:
        return "made"

    def broken() -> None:
        raise ImportError("no module named x")

    offered = {"Quiet": lambda: made, "Broken": broken, "NodeName": broken}
    monkeypatch.setattr(registry, "third_party", lambda: offered)
    assert registry.factory("NodeName") is registry.BUILT_IN["NodeName"]
    assert registry.factory("Quiet") is made
    assert registry.factory("Nothing") is None
    with pytest.raises(ValueError, match='plugin "Broken" cannot be loaded: no module named x'):
        registry.factory("Broken")

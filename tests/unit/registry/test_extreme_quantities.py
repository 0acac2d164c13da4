"""Quantities far beyond anything real are rounded as small ones are, and do not break the arithmetic."""

from __future__ import annotations

import pytest

from apiserver.registry.pod_spec.resource_lists import round_up
from minik8s.machinery import quantity


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("9.10E+0902", "9.10E+0902"),
        ("-1e308", "-1e308"),
        ("-4480225.3E212960445", "-4480225.3E212960445"),
        ("1e-999", "1m"),
        ("-1e-999", "-1m"),
        ("9" * 150 + ".0001", None),
        ("0.0001", "1m"),
    ],
)
def test_rounding(written: str, kept: str | None) -> None:
    resources = {"cpu": written}
    round_up(resources)
    if kept is not None:
        assert resources == {"cpu": kept}
    assert quantity.parse(resources["cpu"]).copy_abs() >= quantity.parse(written).copy_abs()

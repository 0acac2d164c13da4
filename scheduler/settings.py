"""What the scheduler is told; the defaults, without the cost of reading a configuration file (`scheduler.config`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

DEFAULT_NAME = "default-scheduler"


class Choice(Protocol):
    """What is wanted of one profile."""

    @property
    def name(self) -> str:
        """The `schedulerName` it serves."""
        ...

    @property
    def args(self) -> Mapping[str, Mapping[str, Any]]:
        """`pluginConfig`: args by plugin."""
        ...

    @property
    def percentage(self) -> int:
        """`percentageOfNodesToScore`; 0 is all."""
        ...

    def plugins(self, default: Sequence[tuple[str, int]]) -> Mapping[str, Sequence[tuple[str, int]]]:
        """By extension point, plugins with weights; "" are those of every point, "-point" those switched off there."""
        ...


class Settings(Protocol):
    """What is wanted of the whole."""

    @property
    def initial_backoff(self) -> float:
        """Seconds after the first failure."""
        ...

    @property
    def max_backoff(self) -> float:
        """The longest back-off in seconds."""
        ...

    @property
    def extender_settings(self) -> Sequence[Mapping[str, Any]]:
        """`extenders` as the configuration has them."""
        ...

    def choices(self) -> Sequence[Choice]:
        """The profiles, at least one."""
        ...


class DefaultChoice:
    """The profile of kube-scheduler."""

    name = DEFAULT_NAME
    args: Mapping[str, Mapping[str, Any]] = {}
    percentage = 0

    def plugins(self, default: Sequence[tuple[str, int]]) -> Mapping[str, Sequence[tuple[str, int]]]:
        """All default plugins at all their points."""
        return {"": default}


class DefaultSettings:
    """kube-scheduler's defaults."""

    initial_backoff = 1.0
    max_backoff = 10.0
    extender_settings: Sequence[Mapping[str, Any]] = ()

    def choices(self) -> Sequence[Choice]:
        """The default profile alone."""
        return [DefaultChoice()]

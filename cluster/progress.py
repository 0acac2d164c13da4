"""What a person sees while a command works: a line for each step, with how long it took."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Protocol


class Progress(Protocol):
    """Steps of a longer command."""

    def step(self, text: str) -> contextlib.AbstractContextManager[None]:
        """A step, done when the block ends."""
        ...

    def say(self, text: str) -> None:
        """A line of its own."""
        ...


class Plain:
    """Lines without colour, for files and tests."""

    def __init__(self) -> None:
        self._file = sys.stdout

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A step, written when it is done."""
        began = time.monotonic()
        yield
        print(f" * {text} ({time.monotonic() - began:.1f} s)", file=self._file, flush=True)

    def say(self, text: str) -> None:
        """A line of its own."""
        print(text, file=self._file, flush=True)


class Rich:
    """A spinner while a step runs and a tick when it is done."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A step."""
        began = time.monotonic()
        with self._console.status(text):
            yield
        self._console.print(f" [green]✓[/green] {text} [dim]({time.monotonic() - began:.1f} s)[/dim]")

    def say(self, text: str) -> None:
        """A line of its own."""
        self._console.print(text, markup=False)


def make() -> Progress:
    """What suits the output: a terminal or not."""
    return Rich() if sys.stdout.isatty() else Plain()

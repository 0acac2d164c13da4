"""What goes wrong with an expression: before it runs, and while it does."""

from __future__ import annotations

import dataclasses

MOST = 100
"""Issues that are told of one expression; of others how many there are."""
_WIDE_DOT, _WIDE_MARK = "\uff0e", "\uff3e"


@dataclasses.dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong, and where: line from 1, column from 1; line -1 and column 0 for the expression as a whole."""

    line: int
    column: int
    message: str


class CompileError(Exception):
    """An expression cannot be compiled; worded as cel-go words it, with the place marked."""

    stage = "compilation failed"
    """What those who report it put before it."""

    def __init__(self, source: str, issues: list[Issue]) -> None:
        self.source = source
        self.issues = issues
        told = [_shown(source, issue) for issue in sorted(issues[:MOST], key=lambda each: (each.line, each.column))]
        if len(issues) > MOST:
            told.append(f"{len(issues) - MOST} more errors were truncated")
        super().__init__("\n".join(told))


def beyond_limits(source: str, message: str) -> CompileError:
    """An expression is too large to be looked at."""
    return CompileError(source, [Issue(-1, 0, message)])


def _shown(source: str, issue: Issue) -> str:
    if issue.line < 1:
        return f"ERROR: <input>:{issue.line}:{issue.column}: {issue.message}"
    lines = source.split("\n")
    line = lines[issue.line - 1].replace("\t", " ") if issue.line <= len(lines) else ""
    before, there = line[: issue.column - 1], line[issue.column - 1 : issue.column]
    # Under wide characters stand wide dots.
    dots = "".join("." if each.isascii() else _WIDE_DOT for each in before)
    mark = "^" if there.isascii() else _WIDE_MARK
    return f"ERROR: <input>:{issue.line}:{issue.column}: {issue.message}\n | {line}\n | {dots}{mark}"


class EvalError(Exception):
    """An expression came to no value."""


class NoOverload(EvalError):
    """A function is given what it has nothing for."""

    def __init__(self) -> None:
        super().__init__("no such overload")


class CostExceeded(EvalError):
    """An expression was stopped: it cost more than its budget."""

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")


class TimeExceeded(CostExceeded):
    """An expression was stopped: it took longer than it may, whatever it had cost by then."""


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

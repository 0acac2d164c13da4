"""Semantic versions (Kubernetes' library `semver`, semver.org 2.0.0)."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import method, need, walked
from minik8s.machinery.cel.types import BOOL, INT, STRING, Type
from minik8s.machinery.cel.values import Opaque
from minik8s.machinery.quoting import quote

_DIGITS = re.compile("[0-9]*")
_WORD = re.compile("[0-9a-zA-Z-]*")
SEMVER = Type("kubernetes.Semver")
_FORM = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-]"
    r"[0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?",
    re.ASCII,
)


class SemverValue(Opaque):
    """A version."""

    CEL_TYPE: ClassVar[str] = "kubernetes.Semver"

    def __init__(self, numbers: tuple[int, int, int], pre: tuple[str, ...]) -> None:
        self.numbers = numbers
        self.pre = pre

    def key(self) -> Any:
        """What it is ordered by; builds do not count."""
        return self.numbers, self.pre


def _normal(text: str) -> str:
    """`v1.02` as `1.2.0`."""
    text = text.removeprefix("v")
    head = re.match(r"[\d.]*", text)
    numbers = head.group() if head else ""
    parts = [part.lstrip("0") or "0" for part in numbers.split(".")] if numbers else []
    while parts and len(parts) < 3:
        parts.append("0")
    return ".".join(parts) + text[len(numbers) :]


def _parsed(text: Any, normalize: Any = False) -> SemverValue | None:
    if not isinstance(text, str):
        return None
    found = _FORM.fullmatch(_normal(text) if normalize else text)
    if found is None:
        return None
    return SemverValue((int(found[1]), int(found[2]), int(found[3])), tuple(found[4].split(".")) if found[4] else ())


def _semver(text: Any, normalize: Any = False) -> SemverValue:
    found = _parsed(text, normalize)
    if found is None:
        raise EvalError(_problem(_normal(text) if normalize else text))
    return found


def _problem(text: str) -> str:
    """What is wrong with a version: the first that is, from the left."""
    if not text:
        return "Version string empty"
    parts = text.split(".", 2)
    if len(parts) < 3:
        return "No Major.Minor.Patch elements found"
    rest, plus, build = parts[2].partition("+")
    patch, dash, pre = rest.partition("-")
    for name, part in zip(("major", "minor", "patch"), (*parts[:2], patch), strict=True):
        if not _DIGITS.fullmatch(part):
            return f"Invalid character(s) found in {name} number {quote(part)}"
        if len(part) > 1 and part.startswith("0"):
            return f"{name.capitalize()} number must not contain leading zeroes {quote(part)}"
    for part in pre.split(".") if dash else ():
        if not part:
            return "Prerelease is empty"
        if _DIGITS.fullmatch(part):
            if len(part) > 1 and part.startswith("0"):
                return f"Numeric PreRelease version must not contain leading zeroes {quote(part)}"
        elif not _WORD.fullmatch(part):
            return f"Invalid character(s) found in prerelease {quote(part)}"
    for part in build.split(".") if plus else ():
        if not part:
            return "Build meta data is empty"
        if not _WORD.fullmatch(part):
            return f"Invalid character(s) found in build meta data {quote(part)}"
    return "No Major.Minor.Patch elements found"


def _compared(one: Any, other: Any) -> int:
    need(one, SemverValue), need(other, SemverValue)
    if one.numbers != other.numbers:
        return 1 if one.numbers > other.numbers else -1
    if not one.pre or not other.pre:
        return bool(other.pre) - bool(one.pre)
    for mine, theirs in zip(one.pre, other.pre, strict=False):
        if mine == theirs:
            continue
        if mine.isdigit() and theirs.isdigit():
            return 1 if int(mine) > int(theirs) else -1
        if mine.isdigit() != theirs.isdigit():
            return -1 if mine.isdigit() else 1
        return 1 if mine > theirs else -1
    return (len(one.pre) > len(other.pre)) - (len(one.pre) < len(other.pre))


_TEXTS = ((STRING,), (STRING, BOOL))
FUNCTIONS = (
    Function("semver", tuple(Overload(each, SEMVER) for each in _TEXTS), _semver, walked),
    Function("isSemver", tuple(Overload(each, BOOL) for each in _TEXTS), lambda *v: _parsed(*v) is not None, walked),
    method("major", (SEMVER,), INT, lambda value: value.numbers[0]),
    method("minor", (SEMVER,), INT, lambda value: value.numbers[1]),
    method("patch", (SEMVER,), INT, lambda value: value.numbers[2]),
    method("isLessThan", (SEMVER, SEMVER), BOOL, lambda one, other: _compared(one, other) < 0),
    method("isGreaterThan", (SEMVER, SEMVER), BOOL, lambda one, other: _compared(one, other) > 0),
    method("compareTo", (SEMVER, SEMVER), INT, _compared),
)

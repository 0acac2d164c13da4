"""What a path of an Ingress matches, and which of several wins: the API's rules, purely."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

_SYNTAX = re.compile(r"[\[\]()*+?^$|{}\\]")
_ALLOWED = re.compile(r"^[A-Za-z0-9/_.~%:@!&',;=\[\]()*+?^$|{}\\ -]*$")
_ESCAPES = re.compile(r"\\(.)")
_KNOWN_ESCAPES = "dDwWsSbB.*+?()[]{}|^$/-_\\"
_LONGEST = 1024


class BadPath(ValueError):
    """A path that cannot be served; the message says why."""


class Kind(enum.IntEnum):
    """How a path is compared, the strictest first."""

    EXACT = 0
    PREFIX = 1
    REGEX = 2


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Match:
    """One path. A prefix has no slash at its end, so `/` is ""; a regular expression is anchored at the beginning."""

    kind: Kind
    path: str

    def matches(self, path: str) -> bool:
        """Whether a request for `path` (decoded, without query) is meant."""
        if self.kind is Kind.EXACT:
            return path == self.path
        if self.kind is Kind.PREFIX:
            return path == self.path or path.startswith(self.path + "/")
        return re.match(self.path, path, re.IGNORECASE) is not None

    def covers(self, other: Match) -> bool:
        """Whether every request `other` means is meant by this prefix."""
        return self.kind is Kind.PREFIX and (self.path == "" or self.matches(other.path))


ROOT = Match(Kind.PREFIX, "")


def parse(path: str, path_type: str | None, regex: bool = False) -> Match:
    """A path of a rule; `regex` when its Ingress asks for regular expressions. Raises BadPath.

    An ImplementationSpecific path is a prefix, element by element, unless it is a regular expression.
    """
    path = path or "/"
    if len(path) > _LONGEST:
        raise BadPath(f"the path has more than {_LONGEST} characters")
    if not path.startswith("/"):
        raise BadPath(f"the path {path!r} does not begin with /")
    if path_type != "Exact" and regex and _SYNTAX.search(path):
        return Match(Kind.REGEX, _expression(path))
    plain = _decoded(path)
    return Match(Kind.EXACT, plain) if path_type == "Exact" else Match(Kind.PREFIX, plain.rstrip("/"))


def ordered(matches: Iterable[Match]) -> list[Match]:
    """The order of precedence: exact ones, then the longest path first, expressions behind prefixes of their length."""
    return sorted(matches, key=lambda m: (m.kind is not Kind.EXACT, -len(m.path), m))


def _decoded(path: str) -> str:
    """As nginx compares it: without percent encoding."""
    try:
        plain = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        raise BadPath(f"the path {path!r} is not UTF-8") from None
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in plain):
        raise BadPath(f"the path {path!r} has control characters")
    return plain


def _expression(path: str) -> str:
    if not _ALLOWED.fullmatch(path):
        raise BadPath(f"the regular expression {path!r} has characters that cannot be used")
    if any(c not in _KNOWN_ESCAPES for c in _ESCAPES.findall(path)):
        raise BadPath(f"the regular expression {path!r} has an escape that cannot be used")
    # What both engines agree on: groups that only group, no look-around, no back references.
    if re.search(r"\(\?(?!:)", path) or re.search(r"\(\*|\[\[?[:.=]", path):
        raise BadPath(f"the regular expression {path!r} has a group that cannot be used")
    expression = "^" + path.removeprefix("^")
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPath(f"the regular expression {path!r} is malformed: {error}") from None
    return expression

"""Regular expressions of users: RE2's syntax, matched in time that grows with the text alone.

Python's own `re` goes back over the text, so that a hostile pattern never ends; these patterns come from schemas,
policies and expressions that anybody may write.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

_MEMORY = 8 << 20
_GO_WORDS = (
    ("missing ]", "missing closing ]"),
    ("missing )", "missing closing )"),
    ("no argument for repetition operator", "missing argument to repetition operator"),
    ("invalid repetition size", "invalid repeat count"),
    ("bad repetition operator", "invalid nested repetition operator"),
    ("invalid perl operator", "invalid or unsupported Perl syntax"),
    ("invalid named capture group", "invalid named capture"),
)


class RegexError(ValueError):
    """A pattern that RE2 does not take; the text says why, in Go's words."""


@lru_cache(maxsize=2048)
def compile_re2(pattern: str) -> Any:
    """A compiled pattern with `search`, `fullmatch` and `finditer`. Raises RegexError."""
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        text = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        what, colon, where = text.partition(": ")
        for ours, theirs in _GO_WORDS:
            what = what.replace(ours, theirs)
        raise RegexError(f"error parsing regexp: {what}{colon}`{where}`") from None


@lru_cache(maxsize=2048)
def matcher(pattern: str) -> Callable[[str], bool]:
    """What tells whether a pattern is found in a text, and nothing more: a fifth of what `search` costs.

    Raises RegexError.
    """
    compiled = compile_re2(pattern)
    import re2

    match, anywhere = compiled._regexp.Match, re2._Anchor.UNANCHORED

    def found(text: str) -> bool:
        encoded = text.encode()
        return bool(match(anywhere, encoded, 0, len(encoded))[0][0] >= 0)

    return found

"""Regular expressions of users: RE2's syntax, matched in time that grows with the text alone.

Python's own `re` goes back over the text, so that a hostile pattern never ends; these patterns come from schemas,
policies and expressions that anybody may write.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

_MEMORY = 8 << 20


class RegexError(ValueError):
    """A pattern that RE2 does not take."""


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
        raise RegexError(text) from None


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

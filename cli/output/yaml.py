"""YAML as kubectl writes it: keys sorted, lists at their key's depth, quotes as Go's library sets them."""

from __future__ import annotations

import functools
import re
from typing import Any

# What a reader of YAML 1.1 would take for something else than text; Go's writer quotes it.
_NOT_TEXT = re.compile(
    r"""
      [-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?
    | [-+]?0(?:b[01_]+|o?[0-7_]+|x[0-9a-fA-F_]+)
    | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
    | \d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?
    | y|Y|n|N|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE
    | ~|null|Null|NULL|<<|=|
    """,
    re.VERBOSE,
)


def dump(document: Any) -> str:
    """One document."""
    import yaml

    return str(
        yaml.dump(document, Dumper=_dumper(), sort_keys=True, allow_unicode=True, width=10**6, default_flow_style=False)
    )


@functools.cache
def _dumper() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Writer(base):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            """The same value twice is written twice."""
            return True

    def text(writer: Any, value: str) -> Any:
        style = "|" if "\n" in value else '"' if _NOT_TEXT.fullmatch(value) else None
        return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Writer.add_representer(str, text)
    return Writer

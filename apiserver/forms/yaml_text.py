"""Plain data as YAML, written so that every reader takes texts for texts. The library is imported when first used."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# What other readers take for a number though PyYAML does not.
_NUMBER = re.compile(
    r"[-+]?(\.\d+|\d[\d_]*(\.\d*)?)([eE][-+]?\d+)?|0[xob][0-9a-fA-F_]+|[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?", re.ASCII
)
_YES_OR_NO = ("y", "Y", "n", "N")
_TEXT = "tag:yaml.org,2002:str"
_PLAIN = (True, False)
_ENDLESS = 1 << 30


def dump(value: Any) -> bytes:
    """A document, keys in order."""
    import yaml

    text: str = yaml.dump(
        value, Dumper=_dumper(), sort_keys=True, default_flow_style=False, allow_unicode=True, width=_ENDLESS
    )
    return text.encode()


@cache
def _dumper() -> Any:
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    def no_aliases(self: Any, data: Any) -> bool:
        return True

    def text(dumper: Any, value: str) -> Any:
        style = None
        if "\n" in value:
            style = "|"
        elif value in _YES_OR_NO or _NUMBER.fullmatch(value) or dumper.resolve(yaml.ScalarNode, value, _PLAIN) != _TEXT:
            # What would be read as something else than a text is quoted as Go does it.
            style = '"'
        return dumper.represent_scalar(_TEXT, value, style=style)

    # JSON has no references: what stands twice is written twice.
    made: Any = type("Dumper", (base,), {"ignore_aliases": no_aliases})
    made.add_representer(str, text)
    return made

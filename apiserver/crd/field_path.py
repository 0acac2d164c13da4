"""Where a path in a definition leads: `.spec.a`, `.m['k']`."""

from __future__ import annotations

import re

from apiserver.crd.schema import Schema, value_schema

_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|[.\[\]]|[^.\[\]]+", re.DOTALL)


def find_field(path: str, schema: Schema, *, brackets: bool = True) -> tuple[Schema | None, str, str]:
    """(the field's schema, why there is none or "", the path as messages have it)."""
    tokens = _TOKEN.findall(path)
    at: Schema | None = schema
    told = ""
    while tokens:
        mark = tokens.pop(0)
        if mark == "." or (mark == "[" and brackets):
            if not tokens:
                return None, "unexpected end of JSON path", ""
            name = tokens.pop(0)
            if mark == "[":
                if len(name) < 2 or name[0] != "'" or name[-1] != "'":
                    return None, f"expected single quoted string but got {name}", ""
                name = name[1:-1].replace("\\'", "'").replace("\\\\", "\\")
            properties = (at or {}).get("properties")
            if properties:
                at = properties.get(name)
                told += f".{name}"
                if at is None:
                    return None, "does not refer to a valid field", ""
            elif (at or {}).get("additionalProperties") is not None:
                at = value_schema(at or {})
                told += f"[{name}]"
            else:
                return None, "does not refer to a valid field", ""
            if mark == "[":
                if not tokens:
                    return None, "unexpected end of JSON path", ""
                if (end := tokens.pop(0)) != "]":
                    return None, f"expected ] but got {end}", ""
        elif mark == "[":
            return None, "array notation is not allowed", ""
        else:
            return None, f"expected [ or . but got: {mark}", ""
    return at, "", told

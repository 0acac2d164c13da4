"""Kinds and their fields from the server's OpenAPI v3."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import Any

from cli.errors import CommandError
from cli.session import Session
from minik8s.client.resources import Resource

Schema = dict[str, Any]
_WIDTH = 76


@dataclasses.dataclass(slots=True)
class Schemas:
    """The schemas of one group version."""

    named: dict[str, Schema]

    def of_kind(self, resource: Resource[Any]) -> Schema:
        """The schema of a kind. Raises CommandError."""
        wanted = {"group": resource.group, "kind": resource.kind, "version": resource.version}
        for schema in self.named.values():
            if any(dict(gvk) == wanted for gvk in schema.get("x-kubernetes-group-version-kind") or ()):
                return schema
        raise CommandError(
            f"error: GVR ({resource.group_version}, Resource={resource.plural}) not found in OpenAPI schema"
        )

    def follow(self, schema: Schema) -> Schema:
        """The schema a reference leads to, with what stands beside the reference."""
        seen: Schema = dict(schema)
        while True:
            every = seen.pop("allOf", None)
            reference = seen.pop("$ref", "") or next((each["$ref"] for each in every or () if "$ref" in each), "")
            if not reference:
                return seen
            found = self.named.get(reference.rpartition("/")[2], {})
            seen = {**found, "x-outer-description": seen.get("description", "")} | {
                k: v for k, v in seen.items() if k in ("default", "enum")
            }

    def inner(self, schema: Schema) -> Schema:
        """What lists and maps are of, in the end."""
        schema = self.follow(schema)
        while True:
            nested = schema.get("items") or schema.get("additionalProperties")
            if not isinstance(nested, dict):
                return schema
            outer = schema
            schema = self.follow(nested)
            schema.setdefault("x-outer-description", outer.get("description", ""))

    def type_of(self, schema: Schema) -> str:
        """How help writes the type: `[]Container`, `map[string]string`, `integer`."""
        if reference := schema.get("$ref") or next((e["$ref"] for e in schema.get("allOf") or () if "$ref" in e), ""):
            name = str(reference).rpartition(".")[2]
            target = self.follow(schema)
            if target.get("type") in ("string", "integer", "number", "boolean") and "properties" not in target:
                return {"Time": "string", "MicroTime": "string"}.get(name, name)
            return name
        if schema.get("type") == "array":
            return f"[]{self.type_of(schema.get('items') or {})}"
        if isinstance(schema.get("additionalProperties"), dict):
            return f"map[string]{self.type_of(schema['additionalProperties'])}"
        if schema.get("oneOf") or schema.get("x-kubernetes-int-or-string"):
            return "IntOrString"
        return str(schema.get("type") or "Object").replace("object", "Object")


async def load(session: Session, group_version: str) -> Schemas:
    """The schemas of a group version. Raises ApiError, CommandError."""
    index = (await session.client.request("GET", "/openapi/v3")).json()["paths"]
    key = f"apis/{group_version}" if "/" in group_version else f"api/{group_version}"
    if key not in index:
        raise CommandError(f"error: couldn't find resource for {group_version}")
    path, _, query = str(index[key]["serverRelativeURL"]).partition("?")
    params = [tuple(each.split("=", 1)) for each in query.split("&") if "=" in each]
    document = (await session.client.request("GET", path, params)).json()  # type: ignore[arg-type]
    return Schemas(document["components"]["schemas"])


def paragraphs(text: str, indent: int) -> list[str]:
    """A description, wrapped."""
    lines: list[str] = []
    for line in text.splitlines() or [""]:
        wrapped = textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [" " * indent + each for each in wrapped]
    return lines

"""`explain`: what a kind and its fields mean."""

from __future__ import annotations

from typing import Any

import click

from cli import schemas
from cli.errors import CommandError
from cli.schemas import Schema, Schemas
from cli.session import Session
from cli.session import command as make


@make("explain")
@click.argument("named", nargs=-1, metavar="TYPE[.FIELD.FIELD…]")
@click.option("--recursive", is_flag=True, help="fields of fields, names and types only")
@click.option("--api-version", default="", help="GROUP/VERSION")
@click.option("-o", "--output", default="plaintext", show_default=True, help="plaintext")
async def command(session: Session, named: tuple[str, ...], recursive: bool, api_version: str, output: str) -> int:
    """Tell what a kind or one of its fields is."""
    if not named:
        raise CommandError(
            'error: You must specify the type of resource to explain. Use "minik8s api-resources" for a complete '
            "list of "
            "supported resources."
        )
    if len(named) > 1:
        raise CommandError(
            "error: We accept only this format: explain RESOURCE\nSee 'minik8s explain -h' for help and examples"
        )
    if not output.startswith("plaintext"):
        raise CommandError(f'error: unrecognized format: "{output}"; plaintext is the one there is')
    resource, path = await _resource(session, named[0], api_version)
    known = await schemas.load(session, resource.group_version)
    schema = known.of_kind(resource)
    head = [f"GROUP:      {resource.group}"] if resource.group else []
    head += [f"KIND:       {resource.kind}", f"VERSION:    {resource.version}", ""]
    for name in path:
        properties = known.inner(schema).get("properties") or {}
        if name not in properties:
            print("\n".join(head))
            raise CommandError(f'error: field "{name}" does not exist')
        schema = properties[name]
    lines = head + _told(known, schema, path[-1] if path else "", recursive)
    print("\n".join(lines))
    return 0


async def _resource(session: Session, text: str, api_version: str) -> tuple[Any, list[str]]:
    """The resource, and the path of fields; a type may hold its group: `deployments.apps.spec`."""
    parts = text.split(".")
    for end in range(len(parts), 0, -1):
        name = ".".join(parts[:end])
        try:
            served = await session.mapper.find(name)
        except CommandError:
            continue
        if api_version:
            for each in await session.mapper.served():
                same = each.resource.group_version == api_version and parts[0].lower() in each.names
                if same:
                    return each.resource, parts[end:]
            raise CommandError(f'error: no matches for kind "{served.resource.kind}" in version "{api_version}"')
        return served.resource, parts[end:]
    raise CommandError(f'the server doesn\'t have a resource type "{parts[0]}"')


def _told(known: Schemas, schema: Schema, name: str, recursive: bool) -> list[str]:
    inner = known.inner(schema)
    lines: list[str] = []
    if name:
        lines = [f"FIELD: {name} <{known.type_of(schema)}>"]
        values = inner.get("enum") or []
        lines += ["ENUM:", *(f"    {each}" for each in values)] if values else [""]
        lines.append("")
    outer, own = inner.get("x-outer-description") or schema.get("description", ""), inner.get("description", "")
    texts = list(dict.fromkeys(text for text in (outer, own) if text))
    lines.append("DESCRIPTION:")
    lines += [line for text in texts for line in schemas.paragraphs(text, 4)] or ["    <empty>"]
    if texts:
        lines.append("    ")
    properties = inner.get("properties")
    if not properties:
        return [*lines, ""] if not texts else [*lines[:-1], "    ", ""]
    lines.append("FIELDS:")
    lines += _fields(known, inner, 2, recursive, ())
    return [*lines, ""] if recursive else lines + [""]


def _fields(known: Schemas, schema: Schema, indent: int, recursive: bool, above: tuple[int, ...]) -> list[str]:
    lines: list[str] = []
    pad = " " * indent
    for name, field in sorted((schema.get("properties") or {}).items()):
        required = " -required-" if name in (schema.get("required") or ()) else ""
        lines.append(f"{pad}{name}\t<{known.type_of(field)}>{required}")
        inner = known.inner(field)
        if values := inner.get("enum"):
            lines.append(
                f"{pad}enum: {', '.join(str(each) for each in values[:4])}{', ....' if len(values) > 4 else ''}"
            )
        if recursive:
            # A kind inside itself (JSONSchemaProps) is not followed again.
            mark = id(inner.get("properties"))
            if inner.get("properties") and mark not in above:
                lines += _fields(known, inner, indent + 2, True, (*above, mark))
            continue
        text = field.get("description") or inner.get("description", "")
        lines += schemas.paragraphs(text or "<no description>", indent + 2)
        lines.append("")
    return lines

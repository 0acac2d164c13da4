"""`-o`: how a command shows the objects it has."""

from __future__ import annotations

import json
from typing import Any

from cli.errors import CommandError
from cli.output import jsonpath, tables
from cli.output.formats import ALLOWED
from cli.output.yaml import dump as dump_yaml

__all__ = ["check", "dump_yaml", "is_table", "name_of", "shown", "without_managed_fields"]


def is_table(output: str) -> bool:
    """Whether the server makes the table."""
    return output in ("", "wide")


def check(output: str) -> None:
    """Refuse a format nothing prints, before anything is done. Raises CommandError."""
    name = output.partition("=")[0]
    if name and name not in ALLOWED:
        raise CommandError(
            f'error: unable to match a printer suitable for the output format "{output}", allowed formats are: '
            + ",".join(ALLOWED)
        )


def shown(document: dict[str, Any], output: str, managed_fields: bool = False, template: str = "") -> str:
    """An object or a List in a format that is no table. Raises CommandError."""
    check(output)
    if not managed_fields:
        document = without_managed_fields(document)
    name, _, rest = output.partition("=")
    rest = rest or template
    if name == "json":
        return _json(document)
    if name == "yaml":
        return dump_yaml(document)
    items = document["items"] if isinstance(document.get("items"), list) else [document]
    if name == "name":
        return "".join(f"{name_of(item)}\n" for item in items)
    if name.endswith("-file") or name == "templatefile":
        name, rest = name.removesuffix("file").removesuffix("-"), _file(rest)
    if name in ("jsonpath", "jsonpath-as-json"):
        return _jsonpath(document, rest, as_json=name != "jsonpath")
    if name in ("go-template", "template"):
        return _go_template(document, rest)
    if name == "custom-columns":
        return _custom_columns(items, rest)
    raise CommandError(f"error: -o {output} shows nothing here")


def _json(document: Any) -> str:
    """JSON as Go writes it: sorted keys, and what HTML minds escaped."""
    text = json.dumps(document, indent=4, ensure_ascii=False, sort_keys=True)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text + "\n"


def _go_template(document: dict[str, Any], template: str) -> str:
    from cli.output import gotemplate

    if not template:
        raise CommandError("error: template format specified but no template given")
    try:
        return gotemplate.render(template, document)
    except gotemplate.TemplateError as error:
        raise CommandError(f"error: error executing template {json.dumps(template)}: {error}") from None


def name_of(obj: dict[str, Any]) -> str:
    """`deployment.apps/web`."""
    group = str(obj.get("apiVersion", "")).rpartition("/")[0]
    kind = str(obj.get("kind", "")).lower()
    name = (obj.get("metadata") or {}).get("name", "")
    return f"{kind}.{group}/{name}" if group else f"{kind}/{name}"


def without_managed_fields(document: dict[str, Any]) -> dict[str, Any]:
    """The same without managedFields, in items too."""
    found = dict(document)
    if isinstance(found.get("metadata"), dict):
        found["metadata"] = {k: v for k, v in found["metadata"].items() if k != "managedFields"}
    if isinstance(found.get("items"), list):
        found["items"] = [without_managed_fields(item) for item in found["items"]]
    return found


def _file(path: str) -> str:
    try:
        with open(path) as file:
            return file.read().rstrip("\n")
    except OSError as error:
        raise CommandError(f"error: error reading template {path}, {error}") from None


def _jsonpath(document: dict[str, Any], template: str, as_json: bool) -> str:
    if not template:
        raise CommandError("error: template format specified but no template given")
    try:
        if as_json:
            return json.dumps(jsonpath.find(jsonpath.relaxed(template), document), indent=4) + "\n"
        if "{" not in template:
            template = "{" + template + "}"
        return jsonpath.render(template, document, missing_fails=False)
    except jsonpath.PathError as error:
        raise CommandError(f"error: error parsing jsonpath {template}, {error}") from None


def _custom_columns(items: list[dict[str, Any]], spec: str) -> str:
    if not spec:
        raise CommandError("error: custom-columns format specified but no custom columns given")
    names, paths = [], []
    words = spec.split(",")
    if "\n" in spec:
        head, _, line = spec.strip().partition("\n")
        words = [f"{name}:{path}" for name, path in zip(head.split(), line.split(), strict=False)]
    for word in words:
        name, colon, path = word.partition(":")
        if not colon or not path:
            raise CommandError(f"error: unexpected custom-columns spec: {word}, expected <header>:<json-path-expr>")
        names.append(name)
        paths.append(jsonpath.relaxed(path))
    rows = [names]
    for item in items:
        try:
            found = [jsonpath.find(path, item) for path in paths]
        except jsonpath.PathError as error:
            raise CommandError(f"error: {error}") from None
        rows.append([",".join(jsonpath.text_of(v) for v in values) if values else "<none>" for values in found])
    return "\n".join(tables.columns(rows)) + "\n"

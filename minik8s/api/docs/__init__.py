"""What the object model's types and fields are for, in one sentence each: `kubectl explain` and OpenAPI show it.

One module per module of the model, under the same name, with `DOCS`: type -> (sentence, field's JSON name -> sentence).
What every kind has is said once, in `shared`. Only who publishes the sentences imports them.
"""

from __future__ import annotations

import importlib
from typing import Any, get_args

from minik8s.api.docs.shared import API_VERSION, ITEMS, KIND, LIST, LIST_METADATA, METADATA
from minik8s.api.fields import FieldInfo, Struct, fields_of
from minik8s.api.object_meta import ListMeta, ObjectMeta
from minik8s.api.objects import ListObject, TopLevel

_MODEL = "minik8s.api."


def documentation_of(cls: type[Struct]) -> tuple[str, dict[str, str]]:
    """The sentence about a type and those about its fields by JSON name; empty where nothing is said."""
    text, said = _written(cls)
    if not text and issubclass(cls, ListObject):
        text = LIST.format(cls.__name__.removesuffix("List"))
    shared = {field.json: sentence for field in fields_of(cls) if (sentence := _shared(cls, field))}
    return text, shared | said


def _written(cls: type[Struct]) -> tuple[str, dict[str, str]]:
    name = _MODEL + "docs." + cls.__module__.removeprefix(_MODEL)
    try:
        docs: dict[str, tuple[str, dict[str, str]]] = importlib.import_module(name).DOCS
    except ModuleNotFoundError as problem:
        if problem.name is None or not name.startswith(problem.name):
            raise
        return "", {}
    return docs.get(cls.__name__, ("", {}))


def _shared(cls: type[Struct], field: FieldInfo) -> str:
    if _is(field.type, ObjectMeta):
        return METADATA
    if _is(field.type, ListMeta):
        return LIST_METADATA
    if issubclass(cls, TopLevel) and field.json in ("apiVersion", "kind"):
        return API_VERSION if field.json == "apiVersion" else KIND
    return ITEMS if issubclass(cls, ListObject) and field.json == "items" else ""


def _is(tp: Any, cls: type[Struct]) -> bool:
    return tp is cls or cls in get_args(tp)

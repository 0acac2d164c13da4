"""What defaults in a definition have to be: values of their schema that hold nothing it does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from apiserver.crd.correlation import ABSENT
from apiserver.crd.metadata import embedded_checker
from apiserver.crd.pruning import pruner
from apiserver.crd.rules import Run, rules_checker
from apiserver.crd.schema import EMBEDDED, Schema, item_schema
from apiserver.crd.validation import report
from apiserver.registry.errors import Errors

_META = frozenset({"apiVersion", "kind", "metadata"})
_HEAD = {"apiVersion": "validation/v1", "kind": "Validation"}
Around = Callable[[Any], Any]
"""Gives the whole object in which a default stands."""


def check_defaults(schema: Schema, path: str, errors: Errors) -> None:
    """All defaults of a structural schema."""
    _Defaults(errors, Run()).node({**schema, EMBEDDED: True}, path)


def _whole(value: Any) -> Any:
    return {**_HEAD, **value} if isinstance(value, dict) else value


def _within(around: Around, name: str) -> Around:
    return lambda value: around({name: value})


class _Defaults:
    def __init__(self, errors: Errors, run: Run) -> None:
        self.errors = errors
        self.run = run

    def node(
        self, schema: Schema, path: str, root: Schema | None = None, around: Around = _whole, *, meta: bool = False
    ) -> None:
        """`root` is the schema of the whole object this is in, `meta` says that it is of its metadata."""
        if schema.get(EMBEDDED):
            root, around, meta = schema, _whole, False
        root = root if root is not None else schema
        if schema.get("default") is not None:
            found = Errors()
            if meta:
                self._of_metadata(schema, f"{path}.default", root, around, found)
            else:
                self._of_value(schema, f"{path}.default", found, whole=schema is root)
            self.errors += found
        # None may be where any name is allowed: which value it is for cannot be told.
        if (items := item_schema(schema)) is not None:
            self.node(items, f"{path}.items", root, lambda value: around([value]), meta=meta)
        for name, child in schema.get("properties", {}).items():
            inside = meta or (bool(schema.get(EMBEDDED)) and name in _META)
            self.node(child, f"{path}.properties[{name}]", root, _within(around, name), meta=inside)

    def _of_metadata(self, schema: Schema, path: str, root: Schema, around: Around, errors: Errors) -> None:
        value = schema["default"]
        objects = embedded_checker(root)
        whole = around(value)
        if objects is not None:
            problem = objects.problem(whole, "")
            faults = Errors()
            if problem is None:
                objects.validate(whole, "", faults)
            if problem is not None or faults:
                said = [str(problem)] if problem is not None else list(dict.fromkeys(map(str, faults)))
                text = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
                errors.invalid(path, value, f"must result in valid metadata: {text}")
                return
        self._checked(schema, path, errors, whole=False)

    def _of_value(self, schema: Schema, path: str, errors: Errors, *, whole: bool) -> None:
        value = schema["default"]
        if isinstance(value, dict | list) and (prune := pruner(schema)) is not None:
            copy = msgspec.json.decode(msgspec.json.encode(value))
            unknown: list[str] = []
            prune(copy, "", unknown)
            if unknown:
                errors.invalid(path, value, "must not have unknown fields")
        if (objects := embedded_checker(schema)) is not None:
            if (problem := objects.problem(value, path)) is not None:
                errors.append(problem)
                return
            objects.validate(value, path, faults := Errors())
            if faults:
                errors += faults
                return
        self._checked(schema, path, errors, whole=whole)

    def _checked(self, schema: Schema, path: str, errors: Errors, *, whole: bool) -> None:
        """By schema, then by rules: as a value that was there before, and as a new one."""
        value = schema["default"]
        report(schema, value, path, faults := Errors())
        if not faults and self.run.left >= 0 and (rules := rules_checker(schema, root=whole)) is not None:
            for old in (value, ABSENT):
                if not faults:
                    rules(value, old, path, faults, self.run)
        errors += faults

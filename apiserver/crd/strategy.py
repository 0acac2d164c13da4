"""How custom objects are filled in, checked and changed: by their schema alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from apiserver.auth.errors import forbidden
from apiserver.crd import json_path
from apiserver.crd.correlation import ABSENT
from apiserver.crd.kind import CustomKind, contents
from apiserver.crd.rules import Run
from apiserver.crd.scale_values import check_scale, check_scale_status
from apiserver.crd.struct_type import HEAD
from apiserver.crd.validation import report
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.machinery import field_errors
from minik8s.machinery.quoting import go_value, quote

_BLOCKING = frozenset(
    {
        field_errors.NOT_SUPPORTED,
        field_errors.REQUIRED,
        field_errors.TOO_LONG,
        field_errors.TOO_MANY,
        field_errors.TYPE_INVALID,
    }
)
_TERMINATING = "create not allowed while custom resource definition is terminating"
_OWN_FINALIZERS = frozenset({"orphan", "foregroundDeletion", "kubernetes"})
_UNCHECKED = (
    "some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation"
)


class CustomStrategy(Strategy[Any]):
    """The main endpoint of a custom resource."""

    allow_unconditional_update = False

    def __init__(self, kind: CustomKind) -> None:
        super().__init__()
        self.custom = kind
        self.terminating = False
        """Whether the definition is being deleted."""
        self.stored: CustomKind | None = None
        """The version objects are stored in, where that is another one and no webhook converts."""

    def default(self, obj: Any, request: Request) -> None:
        """As the schema says."""
        self.custom.fill(obj)

    def check_new(self, name: str) -> None:
        """Raises StatusError (403) while the kind is ending."""
        if self.terminating:
            names = self.custom.names
            raise forbidden(names.group, names.plural, name, _TERMINATING)

    def prepare_for_create(self, obj: Any, request: Request) -> None:
        """A status of its own endpoint is not set by authors. Raises StatusError (403) while the kind is ending."""
        self.check_new(obj.metadata.name)
        if self.custom.has_status and "status" in obj.__struct_fields__:
            obj.status = msgspec.UNSET
        obj.metadata.generation = 1

    def prepare_for_update(self, new: Any, old: Any, request: Request) -> None:
        """The status stays; anything else but metadata that changes is a new generation."""
        now, before = contents(new), contents(old)
        if self.custom.has_status:
            now.pop("status", None)
            status = before.pop("status", msgspec.UNSET)
            if "status" in new.__struct_fields__:
                new.status = status
        if now != before:
            new.metadata.generation = old.metadata.generation + 1

    def takes_long(self, obj: Any) -> bool:
        """A large schema may have many rules."""
        return self.custom.large

    def validate(self, obj: Any, request: Request) -> Errors:
        """Metadata, then the schema, lists and rules."""
        errors = Errors()
        validate_metadata(
            obj.metadata,
            errors,
            namespaced=self.namespaced,
            name=formats.dns_subdomain,
            qualified_finalizers=False,
        )
        validate_object(self.custom, obj, None, errors)
        return errors

    def validate_update(self, new: Any, old: Any, request: Request) -> Errors:
        """Like a new object, but what has not changed may be as wrong as it was."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        validate_object(self.custom, new, old, errors, request.warnings)
        return errors

    def warnings_on_create(self, obj: Any) -> list[str]:
        """Finalizers that may be somebody else's too."""
        return _finalizer_warnings(obj.metadata.finalizers)

    def warnings_on_update(self, new: Any, old: Any) -> list[str]:
        """New finalizers that may be somebody else's too."""
        return _finalizer_warnings(each for each in new.metadata.finalizers if each not in old.metadata.finalizers)

    def canonicalize(self, obj: Any) -> None:
        """Numbers are written as Go does."""
        self.custom.write_whole(obj)

    def keep(self, obj: Any) -> None:
        """See `_keep`."""
        _keep(self.custom, self.stored, obj)

    def select(self, obj: Any) -> dict[str, str]:
        """The values of the definition's selectable fields."""
        return _select(self.custom, obj)


def _keep(kind: CustomKind, stored: CustomKind | None, obj: Any) -> None:
    """Make an object of `kind` what it will be once it was kept in another version, by that one's schema."""
    if stored is None or (stored.prune is None and stored.default is None):
        return
    document = contents(obj)
    if stored.prune is not None:
        stored.prune(document, "", [])
    if stored.default is not None:
        stored.default(document)
        if kind.prune is not None:
            kind.prune(document, "", [])
    for attribute, name in zip(obj.__struct_fields__, obj.__struct_encode_fields__, strict=True):
        if name not in HEAD:
            setattr(obj, attribute, document.get(name, msgspec.UNSET))


def _finalizer_warnings(finalizers: Iterable[str]) -> list[str]:
    found = []
    for each in sorted(set(finalizers)):
        said = list(formats.qualified_name(each))
        if "/" not in each and each not in _OWN_FINALIZERS:
            path = " including a path (/)" if "." in each else ""
            why = "to avoid accidental conflicts with other finalizer writers"
            said.append(f"prefer a domain-qualified finalizer name{path} {why}")
        found += [f"metadata.finalizers: {quote(each)}: {one}" for one in said]
    return found


def _select(kind: CustomKind, obj: Any) -> dict[str, str]:
    document = contents(obj)
    return {path.lstrip("."): _selected(document, path) for path in kind.selectable}


def selector(kind: CustomKind) -> Callable[[Any], dict[str, str]] | None:
    """What gives the values that field selectors compare, None for kinds without selectable fields."""
    return partial(_select, kind) if kind.selectable else None


class CustomStatusStrategy(Strategy[Any]):
    """The status endpoint: nothing but the status changes."""

    def __init__(self, kind: CustomKind) -> None:
        super().__init__()
        self.custom = kind
        self.stored: CustomKind | None = None
        """See CustomStrategy."""

    def prepare_for_update(self, new: Any, old: Any, request: Request) -> None:
        """Everything else is as it was stored; who owns the status is not."""
        for name in new.__struct_fields__:
            if name not in ("api_version", "kind", "metadata", "status"):
                setattr(new, name, getattr(old, name, msgspec.UNSET))
        new.metadata = msgspec.structs.replace(old.metadata, managed_fields=new.metadata.managed_fields)

    def takes_long(self, obj: Any) -> bool:
        """A large schema may have many rules."""
        return self.custom.large

    def canonicalize(self, obj: Any) -> None:
        """Numbers are written as Go does."""
        self.custom.write_whole(obj)

    def keep(self, obj: Any) -> None:
        """See `_keep`."""
        _keep(self.custom, self.stored, obj)

    def validate_update(self, new: Any, old: Any, request: Request) -> Errors:
        """The status by its schema, then lists and rules of the whole."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        kind = self.custom
        document, before = _document(new), _document(old)
        schema = kind.schema.get("properties", {}).get("status")
        if schema is not None and "status" in document and kind.check is not None and not kind.check(document):
            report(schema, document["status"], "status", errors, old=before.get("status", ABSENT))
        if kind.scale is not None:
            check_scale_status(kind.scale, document, errors)
        _lists_and_rules(kind, document, before, errors, request.warnings)
        return errors


def _document(obj: Any) -> dict[str, Any]:
    """What the schema and rules see of an object: of metadata, its names."""
    metadata = obj.metadata
    names = {"name": metadata.name}
    if metadata.generate_name:
        names["generateName"] = metadata.generate_name
    return {"apiVersion": obj.api_version, "kind": obj.kind, "metadata": names, **contents(obj)}


def validate_object(
    kind: CustomKind, new: Any, old: Any | None, errors: Errors, warnings: list[str] | None = None
) -> None:
    """What is wrong with an object by its schema; faults in parts that `old` has in the same way are let be.

    Where rules find such faults, `warnings` tell of them.
    """
    document = _document(new)
    before = _document(old) if old is not None else ABSENT
    if kind.check is not None and not kind.check(document):
        report(kind.schema, document, "", errors, old=before)
    if kind.scale is not None:
        check_scale(kind.scale, document, errors)
        check_scale_status(kind.scale, document, errors)
    if kind.embedded is not None:
        kind.embedded.validate(document, "", errors)
    _lists_and_rules(kind, document, before, errors, warnings)


def _lists_and_rules(
    kind: CustomKind, document: dict[str, Any], before: Any, errors: Errors, warnings: list[str] | None
) -> None:
    if kind.lists is not None:
        found = Errors()
        kind.lists(document, "", found)
        if found and before is not ABSENT:
            old = Errors()
            kind.lists(before, "", old)
            found = Errors() if old else found
        errors += found
    if kind.rules is None:
        return
    if any(error.type in _BLOCKING for error in errors):
        errors.append(field_errors.invalid("<nil>", None, _UNCHECKED))
    else:
        kind.rules(document, before, "", errors, Run(warnings))


def _selected(document: dict[str, Any], path: str) -> str:
    value: Any = document
    for name in json_path.fields(path):
        value = value.get(name) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        return ""
    return value if isinstance(value, str) else go_value(value)


def strategy_for(kind: CustomKind) -> CustomStrategy:
    """The strategy of one version of a kind, with its endpoints."""
    facts: dict[str, Any] = {
        "namespaced": kind.names.namespaced,
        "selectable": tuple(path.lstrip(".") for path in kind.selectable),
        "scale": kind.scale,
        "reset_fields": ("status",) if kind.has_status else (),
    }
    made: CustomStrategy = type("CustomStrategy", (CustomStrategy,), facts)(kind)
    if kind.has_status:
        status = type(
            "CustomStatusStrategy",
            (CustomStatusStrategy,),
            {"namespaced": kind.names.namespaced, "reset_fields": ("metadata", "spec")},
        )(kind)
        made.subresources["status"] = status
    return made


def keep_as(strategy: CustomStrategy, stored: CustomKind) -> None:
    """Have objects kept in another version than that of the strategy and its endpoints."""
    strategy.stored = stored
    status = strategy.subresources.get("status")
    if isinstance(status, CustomStatusStrategy):
        status.stored = stored

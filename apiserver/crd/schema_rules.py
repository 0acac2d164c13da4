"""What a schema in a definition may say: its keywords and lists; structure, defaults and rules are judged with it."""

from __future__ import annotations

from apiserver.crd.default_rules import check_defaults
from apiserver.crd.rule_checks import check_rules, check_words
from apiserver.crd.schema import (
    DEEPEST,
    EMBEDDED,
    LIST_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    RULES,
    Schema,
    depth,
    item_schema,
    value_schema,
)
from apiserver.crd.structural import check_structural, conversion_problem
from apiserver.registry.errors import Errors

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_FORBIDDEN = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_META = frozenset({"metadata", "kind", "apiVersion"})


def check_schema(schema: Schema, path: str, errors: Errors) -> None:
    """Everything that is wrong with the schema of one version."""
    if depth(schema) > DEEPEST:
        errors.forbidden(path, f"schemas may not be nested deeper than {DEEPEST} levels")
        return
    if schema.get("nullable"):
        errors.forbidden(f"{path}.nullable", "nullable cannot be true at the root")
    problem = conversion_problem(schema)
    found = Errors()
    if not problem:
        check_structural(schema, path, found)
        if not found:
            check_defaults(schema, path, found)
    words = _Words()
    words.node(schema, path, root=True)
    errors += found + words.errors
    if not problem and not found:
        check_rules(schema, path, errors, words.faulty)
    if problem and not errors:
        errors.invalid(path, "", problem)


class _Words:
    """Goes through a schema. `faulty` are the schemas, by identity, in which or below which something is wrong."""

    def __init__(self) -> None:
        self.errors = Errors()
        self.faulty: set[int] = set()

    def node(self, schema: Schema, path: str, *, root: bool = False, inside: bool = False, defaults: str = "") -> None:
        """`inside` metadata less is allowed; `defaults` is why none may be set, "" where they may."""
        before = len(self.errors)
        _keywords(schema, path, self.errors, inside=inside, defaults=defaults)
        if (values := value_schema(schema)) is not None:
            why = "inside additionalProperties applying to object metadata" if inside else defaults
            self.node(values, f"{path}.additionalProperties", inside=inside, defaults=why)
        for name, child in schema.get("properties", {}).items():
            meta = name in _META and (root or bool(schema.get(EMBEDDED)))
            why = f"in top-level {name}" if meta and root else defaults
            self.node(child, f"{path}.properties[{name}]", inside=inside or meta, defaults=why)
        if isinstance(never := schema.get("not"), dict):
            self.node(never, f"{path}.not", inside=inside, defaults=defaults)
        for word in ("allOf", "oneOf", "anyOf"):
            for index, child in enumerate(schema.get(word, ())):
                self.node(child, f"{path}.{word}[{index}]", inside=inside, defaults=defaults)
        for name, child in schema.get("definitions", {}).items():
            self.node(child, f"{path}.definitions[{name}]", inside=inside, defaults=defaults)
        if (items := item_schema(schema)) is not None:
            self.node(items, f"{path}.items", inside=inside, defaults=defaults)
        elif isinstance(several := schema.get("items"), list):
            for index, child in enumerate(several):
                self.node(child, f"{path}.items[{index}]", inside=inside, defaults=defaults)
        for name, child in (schema.get("dependencies") or {}).items():
            if isinstance(child, dict):
                self.node(child, f"{path}.dependencies[{name}]", inside=inside, defaults=defaults)
        if schema.get(PRESERVE) is False:
            self.errors.invalid(f"{path}.{PRESERVE}", False, "must be true or undefined")
        _map_type(schema, path, self.errors)
        _list_type(schema, path, self.errors)
        for index, rule in enumerate(schema.get(RULES, ())):
            check_words(rule, schema, f"{path}.{RULES}[{index}]", self.errors)
        if len(self.errors) > before:
            self.faulty.add(id(schema))


def _keywords(schema: Schema, path: str, errors: Errors, *, inside: bool, defaults: str) -> None:
    kind = schema.get("type", "")
    if kind and kind not in _TYPES:
        errors.not_supported(f"{path}.type", kind, _TYPES)
    if schema.get("default") is not None and defaults:
        errors.forbidden(f"{path}.default", f"must not be set {defaults}")
    for word in _FORBIDDEN:
        if schema.get(word) or (word in schema and word in ("additionalItems", "dependencies", "$ref")):
            errors.forbidden(f"{path}.{word}", f"{word} is not supported")
    if kind == "null":
        errors.forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    if isinstance(schema.get("items"), list):
        errors.forbidden(f"{path}.items", "items must be a schema object and not an array")
    if inside and schema.get(EMBEDDED):
        errors.forbidden(f"{path}.{EMBEDDED}", "must not be used inside of resource meta")
    if schema.get("uniqueItems"):
        why = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.forbidden(f"{path}.uniqueItems", why)
    additional = schema.get("additionalProperties")
    if additional is not None and additional is not True and schema.get("properties"):
        why = "additionalProperties and properties are mutual exclusive"
        errors.forbidden(f"{path}.additionalProperties", why)


def _map_type(schema: Schema, path: str, errors: Errors) -> None:
    said = schema.get(MAP_TYPE)
    if said is None:
        return
    if schema.get("type") != "object":
        _wrong(schema, f"{path}.type", f"must be object if {MAP_TYPE} is specified", errors)
    if said not in ("granular", "atomic"):
        errors.not_supported(f"{path}.{MAP_TYPE}", said, ("atomic", "granular"))


def _wrong(schema: Schema, path: str, why: str, errors: Errors) -> None:
    if schema.get("type"):
        errors.invalid(path, schema["type"], why)
    else:
        errors.required(path, why)


def _list_type(schema: Schema, path: str, errors: Errors) -> None:
    said, keys = schema.get(LIST_TYPE), schema.get(LIST_KEYS, ())
    items = item_schema(schema)
    if said is not None and schema.get("type") != "array":
        _wrong(schema, f"{path}.type", f"must be array if {LIST_TYPE} is specified", errors)
    elif said == "set" and items is not None:
        _set_items(items, f"{path}.items", errors)
    if said is not None and said not in ("atomic", "set", "map"):
        errors.not_supported(f"{path}.{LIST_TYPE}", said, ("atomic", "set", "map"))
    if keys and said != "map":
        why = f"must be map if {LIST_KEYS} is non-empty"
        if said is None:
            errors.required(f"{path}.{LIST_TYPE}", why)
        else:
            errors.invalid(f"{path}.{LIST_TYPE}", said, why)
    if said == "map":
        _map_keys(schema, items, keys, path, errors)
    if said in ("set", "map") and items is not None:
        if items.get("nullable"):
            errors.forbidden(f"{path}.items.nullable", f"cannot be nullable when {LIST_TYPE} is {said}")
        if said == "map":
            _key_values(items, keys, path, errors)


def _set_items(items: Schema, path: str, errors: Errors) -> None:
    why = f"must be atomic as item of a list with {LIST_TYPE}=set"
    # Of both the type of the list is shown.
    if items.get("type") == "array" and items.get(LIST_TYPE) not in (None, "atomic"):
        errors.invalid(f"{path}.{LIST_TYPE}", items.get(LIST_TYPE), why)
    if items.get("type") == "object" and items.get(MAP_TYPE) != "atomic":
        errors.invalid(f"{path}.{MAP_TYPE}", items.get(LIST_TYPE), why)


def _map_keys(schema: Schema, items: Schema | None, keys: list[str], path: str, errors: Errors) -> None:
    if not keys:
        errors.required(f"{path}.{LIST_KEYS}", f"must not be empty if {LIST_TYPE} is map")
    if "items" not in schema:
        errors.required(f"{path}.items", f"must have a schema if {LIST_TYPE} is map")
    if items is None:
        return
    if items.get("type") != "object":
        why = f"must be object if parent array's {LIST_TYPE} is map"
        errors.invalid(f"{path}.items.type", items.get("type", ""), why)
        return
    seen: set[str] = set()
    for key in keys:
        child = items.get("properties", {}).get(key)
        if child is None:
            errors.invalid(f"{path}.{LIST_KEYS}", keys, "entries must all be names of item properties")
        elif child.get("type") in ("array", "object"):
            why = f"must be a scalar type if parent array's {LIST_TYPE} is map"
            errors.invalid(f"{path}.items.properties[{key}].type", items.get("type"), why)
        if key in seen:
            errors.invalid(f"{path}.{LIST_KEYS}", keys, "must not contain duplicate entries")
        seen.add(key)


def _key_values(items: Schema, keys: list[str], path: str, errors: Errors) -> None:
    for key in keys:
        child = items.get("properties", {}).get(key)
        if child is None:
            continue
        where = f"{path}.items.properties[{key}]"
        why = f"this property is in {LIST_KEYS}, so it"
        if key not in items.get("required", ()) and child.get("default") is None:
            errors.required(f"{where}.default", f"{why} must have a default or be a required property")
        if child.get("nullable"):
            errors.forbidden(f"{where}.nullable", f"{why} cannot be nullable")

"""A schema as messages quote it: by the names and in the order of the fields in Kubernetes' memory."""

from __future__ import annotations

from typing import Any

from apiserver.crd.schema import EMBEDDED, INT_OR_STRING, LIST_KEYS, LIST_TYPE, MAP_TYPE, PRESERVE, RULES, Schema

_PLAIN: tuple[tuple[str, str, Any], ...] = (
    ("ID", "id", ""),
    ("Schema", "$schema", ""),
    ("Ref", "$ref", None),
    ("Description", "description", ""),
    ("Type", "type", ""),
    ("Nullable", "nullable", False),
    ("Format", "format", ""),
    ("Title", "title", ""),
    ("Default", "default", None),
    ("Maximum", "maximum", None),
    ("ExclusiveMaximum", "exclusiveMaximum", False),
    ("Minimum", "minimum", None),
    ("ExclusiveMinimum", "exclusiveMinimum", False),
    ("MaxLength", "maxLength", None),
    ("MinLength", "minLength", None),
    ("Pattern", "pattern", ""),
    ("MaxItems", "maxItems", None),
    ("MinItems", "minItems", None),
    ("UniqueItems", "uniqueItems", False),
    ("MultipleOf", "multipleOf", None),
    ("Enum", "enum", None),
    ("MaxProperties", "maxProperties", None),
    ("MinProperties", "minProperties", None),
    ("Required", "required", None),
)
_LAST: tuple[tuple[str, str, Any], ...] = (
    ("Example", "example", None),
    ("XPreserveUnknownFields", PRESERVE, None),
    ("XEmbeddedResource", EMBEDDED, False),
    ("XIntOrString", INT_OR_STRING, False),
    ("XListMapKeys", LIST_KEYS, None),
    ("XListType", LIST_TYPE, None),
    ("XMapType", MAP_TYPE, None),
)


def shown_rule(source: dict[str, Any]) -> dict[str, Any]:
    """A CEL rule."""
    return {
        "Rule": source.get("rule", ""),
        "Message": source.get("message", ""),
        "MessageExpression": source.get("messageExpression", ""),
        "Reason": source.get("reason"),
        "FieldPath": source.get("fieldPath", ""),
        "OptionalOldSelf": source.get("optionalOldSelf"),
    }


def shown_schema(schema: Schema) -> dict[str, Any]:
    """A schema with all that is in it."""
    form = {name: schema.get(key, empty) for name, key, empty in _PLAIN}
    items = schema.get("items")
    form["Items"] = None
    if items is not None:
        several = _each(items) if isinstance(items, list) else None
        form["Items"] = {"Schema": _maybe(items) if several is None else None, "JSONSchemas": several}
    for name, key in (("AllOf", "allOf"), ("OneOf", "oneOf"), ("AnyOf", "anyOf")):
        form[name] = _each(schema.get(key))
    form["Not"] = _maybe(schema.get("not"))
    form["Properties"] = _named(schema.get("properties"))
    form["AdditionalProperties"] = _or_flag(schema.get("additionalProperties"))
    form["PatternProperties"] = _named(schema.get("patternProperties"))
    form["Dependencies"] = schema.get("dependencies")
    form["AdditionalItems"] = _or_flag(schema.get("additionalItems"))
    form["Definitions"] = _named(schema.get("definitions"))
    docs = schema.get("externalDocs")
    form["ExternalDocs"] = docs and {"Description": docs.get("description", ""), "URL": docs.get("url", "")}
    form.update((name, schema.get(key, empty)) for name, key, empty in _LAST)
    form["XValidations"] = [shown_rule(rule) for rule in schema.get(RULES, ())] or None
    return form


def _maybe(schema: Schema | None) -> Any:
    return None if schema is None else shown_schema(schema)


def _each(schemas: list[Schema] | None) -> Any:
    return [shown_schema(each) for each in schemas] if schemas else None


def _named(schemas: dict[str, Schema] | None) -> Any:
    return {name: shown_schema(schemas[name]) for name in sorted(schemas)} if schemas else None


def _or_flag(found: Any) -> Any:
    if found is None:
        return None
    return {"Allows": found is not False, "Schema": shown_schema(found) if isinstance(found, dict) else None}

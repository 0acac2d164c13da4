"""What a CustomResourceDefinition may say beyond its names: versions, schemas, columns, subresources, conversion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from apiserver.crd import string_formats
from apiserver.crd.field_path import find_field
from apiserver.crd.names import APPROVAL, approval, is_protected
from apiserver.crd.schema import Schema, below
from apiserver.crd.schema_rules import check_schema
from apiserver.crd.shown_schema import shown_schema
from apiserver.crd.structural import unrecognized_formats
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import in_order
from apiserver.registry.webhook_client import validate_ca_bundle, validate_webhook_service, validate_webhook_url
from minik8s.api.apiextensions_v1 import CustomResourceConversion, CustomResourceDefinition

_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SIMPLE = "must be a simple json path starting with ."
_REVIEWS = ("v1", "v1beta1")
_MOST_SELECTABLE = 8
_LONGEST_WARNING = 256
_KNOWN_FORMATS = {
    "string": frozenset(name.replace("-", "") for name in string_formats.CHECKS),
    "integer": frozenset({"int32", "int64"}),
    "number": frozenset({"float", "double"}),
}
_PARTS = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_AT_ROOT = (
    "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum",
    "MaxLength", "MinLength", "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items",
    "Properties", "ExternalDocs", "Example", "XPreserveUnknownFields", "XValidations",
)  # fmt: skip
_NOT_AT_ROOT = (
    "id", "$schema", "$ref", "nullable", "default", "enum", "maxProperties", "minProperties", "allOf", "oneOf",
    "anyOf", "not", "additionalProperties", "patternProperties", "dependencies", "additionalItems", "definitions",
    "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type", "x-kubernetes-map-type",
)  # fmt: skip


class _Spec(msgspec.Struct):
    versions: list[dict[str, Any]] = []


def plain_versions(obj: CustomResourceDefinition) -> list[dict[str, Any]]:
    """The versions as plain data."""
    return msgspec.json.decode(msgspec.json.encode(obj.spec), type=_Spec).versions


def check_approval(obj: CustomResourceDefinition, errors: Errors, old: CustomResourceDefinition | None = None) -> None:
    """Groups that are Kubernetes' own say who approved the API; what `old` says in the same way stays."""
    if not is_protected(obj.spec.group):
        return
    status, reason, message = approval(obj.metadata.annotations)
    if old is not None and approval(old.metadata.annotations)[:2] == (status, reason):
        return
    where = f"metadata.annotations[{APPROVAL}]"
    if reason == "MissingAnnotation":
        errors.required(where, message)
    elif reason == "InvalidAnnotation":
        errors.invalid(where, obj.metadata.annotations[APPROVAL], message)


def check_versions(obj: CustomResourceDefinition, errors: Errors) -> None:
    """Schemas, subresources and columns. What all versions share is told of at the top, as Kubernetes keeps it."""
    versions = plain_versions(obj)
    shared = {key for key in _PARTS if versions and all(each.get(key) == versions[0].get(key) for each in versions)}
    for index, version in enumerate(versions):
        if _held_schema(version) is None:
            errors.required(f"spec.versions[{index}].schema.openAPIV3Schema")
    for index, version in enumerate(versions):
        where = f"spec.versions[{index}]"
        if problems := formats.dns1035_label(version.get("name", "")):
            errors.invalid(f"{where}.name", version.get("name", ""), ",".join(problems))
        warning = version.get("deprecationWarning")
        if warning is not None:
            for problem in _warning_problems(warning, deprecated=bool(version.get("deprecated"))):
                errors.invalid(f"{where}.deprecationWarning", warning, problem)
        own = {key: version[key] for key in _PARTS if key in version and key not in shared}
        # The subresources of all count for those who have none of their own.
        one = versions[0] if "subresources" in shared else version
        _check_part(own, where, "schema", errors, has_status=_has_status(one))
        if own.get("selectableFields") and _held_schema(own) is None:
            why = "may only be set when `version.schema.openAPIV3Schema` is not included"
            errors.invalid(f"{where}.selectableFields", "", why)


def check_shared(obj: CustomResourceDefinition, errors: Errors) -> None:
    """What all versions have in common."""
    versions = plain_versions(obj)
    first = versions[0] if versions else {}
    own = {key: first[key] for key in _PARTS if key in first and all(each.get(key) == first[key] for each in versions)}
    _check_part(own, "spec", "validation", errors, has_status=any(map(_has_status, versions)))
    if own.get("selectableFields") and not own.get("schema"):
        errors.invalid("spec.selectableFields", "", "may only be set when validations.schema is included")


def _held_schema(version: dict[str, Any]) -> Schema | None:
    """The schema, None where there is none; an empty one is a schema too."""
    return (version.get("schema") or {}).get("openAPIV3Schema")


def _schema_of(version: dict[str, Any]) -> Schema:
    return _held_schema(version) or {}


def _has_status(version: dict[str, Any]) -> bool:
    return (version.get("subresources") or {}).get("status") is not None


def _check_part(own: dict[str, Any], path: str, schema: str, errors: Errors, *, has_status: bool) -> None:
    """`schema` is what the schema's place is called."""
    found = _held_schema(own)
    if found is not None:
        where = f"{path}.{schema}.openAPIV3Schema"
        if has_status:
            _check_root(found, where, errors)
        check_schema(found, where, errors)
    _check_scale((own.get("subresources") or {}).get("scale"), f"{path}.subresources.scale", errors)
    _check_columns(own.get("additionalPrinterColumns") or (), f"{path}.additionalPrinterColumns", errors)
    if found is not None:
        _check_selectable(own.get("selectableFields") or (), found, f"{path}.selectableFields", errors)


def _check_root(schema: Schema, path: str, errors: Errors) -> None:
    """A schema whose status is looked at by itself says nothing else of the whole."""
    if schema.get("type") != "object" and schema.get("type"):
        why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
        errors.invalid(f"{path}.type", schema.get("type", ""), why)
    elif any(schema.get(key) for key in _NOT_AT_ROOT):
        why = f"only [{' '.join(_AT_ROOT)}] fields are allowed at the root of the schema if the status subresource is "
        errors.invalid(path, in_order(shown_schema(schema)), f"{why}enabled")


def _warning_problems(warning: str, *, deprecated: bool) -> list[str]:
    if not deprecated:
        return ["can only be set for deprecated versions"]
    found = []
    if len(warning.encode()) > _LONGEST_WARNING:
        found.append(f"must be <= {_LONGEST_WARNING} characters long")
    if not warning:
        found.append("must not be an empty string")
    for index, each in enumerate(warning):
        if not each.isprintable():
            at = len(warning[:index].encode())
            why = f"non-printable character found at index {at}"
            return [*found, f"must only contain printable UTF-8 characters; {why}"]
    return found


def _check_scale(scale: dict[str, Any] | None, path: str, errors: Errors) -> None:
    if scale is None:
        return
    for key, place in (("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")):
        value = scale.get(key, "")
        if not value:
            errors.required(f"{path}.{key}")
        elif value[0] != ".":
            errors.invalid(f"{path}.{key}", value, _SIMPLE)
        elif not value.startswith(place + "."):
            errors.invalid(f"{path}.{key}", value, f"should be a json path under {place}")
    selector = scale.get("labelSelectorPath")
    if selector:
        if selector[0] != ".":
            errors.invalid(f"{path}.labelSelectorPath", selector, _SIMPLE)
        elif not selector.startswith((".spec.", ".status.")):
            why = "should be a json path under either .spec or .status"
            errors.invalid(f"{path}.labelSelectorPath", selector, why)


def _check_columns(columns: Sequence[dict[str, Any]], path: str, errors: Errors) -> None:
    for index, column in enumerate(columns):
        here = f"{path}[{index}]"
        if not column.get("name"):
            errors.required(f"{here}.name")
        kind = column.get("type", "")
        if not kind:
            errors.required(f"{here}.type", f"must be one of {','.join(_COLUMN_TYPES)}")
        elif kind not in _COLUMN_TYPES:
            errors.invalid(f"{here}.type", kind, f"must be one of {','.join(_COLUMN_TYPES)}")
        form = column.get("format", "")
        if form and form not in _COLUMN_FORMATS:
            errors.invalid(f"{here}.format", form, f"must be one of {','.join(_COLUMN_FORMATS)}")
        where = column.get("jsonPath", "")
        if not where:
            errors.required(f"{here}.JSONPath")
        elif where[0] != ".":
            errors.invalid(f"{here}.JSONPath", where, _SIMPLE)


def _check_selectable(found: Sequence[dict[str, Any]], schema: Schema, path: str, errors: Errors) -> None:
    seen: set[str] = set()
    for index, each in enumerate(found):
        here, where = f"{path}[{index}].jsonPath", each.get("jsonPath", "")
        if not where:
            errors.required(here)
            continue
        field, problem, _ = find_field(where, schema, brackets=False)
        if problem:
            errors.invalid(here, where, f"is an invalid path: {problem}")
            continue
        if where.split(".")[1] == "metadata":
            errors.invalid(here, where, "must not point to fields in metadata")
        if (field or {}).get("type") not in ("string", "boolean", "integer"):
            why = "must point to a field of type string, boolean or integer"
            errors.invalid(here, where, f"{why}. Enum string fields and strings with formats are allowed.")
        if where in seen:
            errors.duplicate(here, where)
        seen.add(where)
    if len(seen) > _MOST_SELECTABLE:
        errors.too_many(path, len(seen), _MOST_SELECTABLE)


def check_conversion(conversion: CustomResourceConversion, errors: Errors, *, any_bundle: bool) -> None:
    """A webhook that converts: where it is, and which reviews it understands. `any_bundle`: even a broken CA bundle."""
    path = "spec.conversion"
    webhook = conversion.webhook
    config = webhook.client_config if webhook is not None else None
    reviews = webhook.conversion_review_versions if webhook is not None else []
    if conversion.strategy != "Webhook":
        why = "should not be set when strategy is not set to Webhook"
        if config is not None:
            errors.forbidden(f"{path}.webhookClientConfig", why)
        if reviews:
            errors.forbidden(f"{path}.conversionReviewVersions", why)
        return
    if config is None:
        errors.required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook")
    elif (config.url is None) == (config.service is None):
        errors.required(f"{path}.webhookClientConfig", "exactly one of url or service is required")
    elif config.url is not None:
        validate_webhook_url(config.url, f"{path}.webhookClientConfig.url", errors)
    elif (service := config.service) is not None:
        where = f"{path}.webhookClientConfig.service"
        validate_webhook_service(service.name, service.namespace, service.path, service.port, where, errors)
    if config is not None and config.ca_bundle and not any_bundle:
        validate_ca_bundle(config.ca_bundle, f"{path}.webhookClientConfig.caBundle", errors)
    where = f"{path}.conversionReviewVersions"
    if not reviews:
        errors.required(where)
        return
    for index, each in enumerate(reviews):
        if each in reviews[:index]:
            errors.invalid(f"{where}[{index}]", each, "duplicate version")
        else:
            errors.invalid_each(f"{where}[{index}]", each, formats.dns1035_label(each))
    if not any(each in _REVIEWS for each in reviews):
        errors.invalid(where, reviews, f"must include at least one of {', '.join(_REVIEWS)}")


def shown_versions(obj: CustomResourceDefinition) -> Any:
    """The versions as messages quote them: what they share is kept elsewhere."""
    versions = plain_versions(obj)
    shared = {key for key in _PARTS if versions and all(each.get(key) == versions[0].get(key) for each in versions)}
    return in_order([_shown_version(each, shared) for each in versions] or None)


def _shown_version(version: dict[str, Any], shared: set[str]) -> dict[str, Any]:
    own = {key: version[key] for key in _PARTS if key in version and key not in shared}
    schema, sub = own.get("schema"), own.get("subresources")
    columns, fields = own.get("additionalPrinterColumns"), own.get("selectableFields")
    scale = (sub or {}).get("scale")
    held = (schema or {}).get("openAPIV3Schema")
    return {
        "Name": version.get("name", ""),
        "Served": version.get("served", False),
        "Storage": version.get("storage", False),
        "Deprecated": version.get("deprecated", False),
        "DeprecationWarning": version.get("deprecationWarning"),
        "Schema": None if schema is None else {"OpenAPIV3Schema": None if held is None else shown_schema(held)},
        "Subresources": None
        if sub is None
        else {
            "Status": sub.get("status"),
            "Scale": scale
            and {
                "SpecReplicasPath": scale.get("specReplicasPath", ""),
                "StatusReplicasPath": scale.get("statusReplicasPath", ""),
                "LabelSelectorPath": scale.get("labelSelectorPath"),
            },
        },
        "AdditionalPrinterColumns": columns
        and [
            {
                "Name": each.get("name", ""),
                "Type": each.get("type", ""),
                "Format": each.get("format", ""),
                "Description": each.get("description", ""),
                "Priority": each.get("priority", 0),
                "JSONPath": each.get("jsonPath", ""),
            }
            for each in columns
        ],
        "SelectableFields": fields and [{"JSONPath": each.get("jsonPath", "")} for each in fields],
    }


def has_defaults(obj: CustomResourceDefinition) -> bool:
    """Whether a schema of any version has a default."""
    waiting: list[Any] = [_schema_of(each) for each in plain_versions(obj)]
    while waiting:
        schema = waiting.pop()
        if schema.get("default") is not None:
            return True
        waiting += below(schema)
    return False


def format_warnings(obj: CustomResourceDefinition, old: CustomResourceDefinition | None = None) -> list[str]:
    """What nobody will check, but for what was so in `old`."""
    before = _formats(old) if old is not None else []
    return [f'unrecognized format "{each}"' for each in _formats(obj) if each not in before]


def _formats(obj: CustomResourceDefinition) -> list[str]:
    """Of a schema that all versions share once."""
    versions = plain_versions(obj)
    if versions and all(each.get("schema") == versions[0].get("schema") for each in versions):
        versions = versions[:1]
    return [form for each in versions for form in unrecognized_formats(_schema_of(each), _KNOWN_FORMATS)]

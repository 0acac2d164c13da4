"""What a CustomResourceDefinition may say beyond its names: versions, schemas, columns, subresources, conversion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from apiserver.crd import json_path, string_formats
from apiserver.crd.names import APPROVAL, approval, is_protected
from apiserver.crd.rule_checks import field_path_problem
from apiserver.crd.schema import Schema
from apiserver.crd.schema_rules import check_schema
from apiserver.crd.structural import unrecognized_formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import in_order
from apiserver.registry.webhook_client import validate_webhook_service, validate_webhook_url
from minik8s.api.apiextensions_v1 import CustomResourceConversion, CustomResourceDefinition
from minik8s.machinery import field_errors

_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SIMPLE = "must be a simple json path starting with ."
_REVIEWS = ("v1", "v1beta1")
_MOST_SELECTABLE = 8
_LONGEST_WARNING = 256
_KNOWN_FORMATS = frozenset(string_formats.CHECKS) | string_formats.NUMBERS


class _Spec(msgspec.Struct):
    versions: list[dict[str, Any]] = []


def plain_versions(obj: CustomResourceDefinition) -> list[dict[str, Any]]:
    """The versions as plain data."""
    return msgspec.json.decode(msgspec.json.encode(obj.spec), type=_Spec).versions


def check_approval(obj: CustomResourceDefinition, errors: Errors) -> None:
    """Groups that are Kubernetes' own say who approved the API."""
    if not is_protected(obj.spec.group):
        return
    status, reason, message = approval(obj.metadata.annotations)
    where = f"metadata.annotations[{APPROVAL}]"
    if reason == "MissingAnnotation":
        errors.required(where, message)
    elif reason == "InvalidAnnotation":
        errors.invalid(where, obj.metadata.annotations[APPROVAL], message)


def check_versions(obj: CustomResourceDefinition, errors: Errors) -> None:
    """Schemas, subresources and columns. What all versions share is told of at the top, as Kubernetes keeps it."""
    versions = plain_versions(obj)
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            errors.required(f"spec.versions[{index}].schema.openAPIV3Schema")
        warning = version.get("deprecationWarning")
        if warning is not None:
            where = f"spec.versions[{index}].deprecationWarning"
            if not version.get("deprecated"):
                errors.invalid(where, warning, "can only be set for deprecated versions")
            elif len(warning.encode()) > _LONGEST_WARNING:
                errors.too_long(where, _LONGEST_WARNING)
    for path, schema, _ in _parts(versions, "schema", "spec.validation", "schema"):
        if found := (schema or {}).get("openAPIV3Schema"):
            check_schema(found, f"{path}.openAPIV3Schema", errors)
    for path, subresources, _ in _parts(versions, "subresources", "spec.subresources", "subresources"):
        _check_scale((subresources or {}).get("scale"), f"{path}.scale", errors)
    columns = "additionalPrinterColumns"
    for path, found, _ in _parts(versions, columns, f"spec.{columns}", columns):
        _check_columns(found or (), path, errors)
    for path, found, version in _parts(versions, "selectableFields", "spec.selectableFields", "selectableFields"):
        _check_selectable(found or (), (version.get("schema") or {}).get("openAPIV3Schema") or {}, path, errors)


def _parts(
    versions: Sequence[dict[str, Any]], key: str, shared: str, own: str
) -> list[tuple[str, Any, dict[str, Any]]]:
    """One part of every version with its path: once, where all have the same."""
    found = [version.get(key) for version in versions]
    if versions and all(each == found[0] for each in found):
        return [(shared, found[0], versions[0])]
    return [(f"spec.versions[{at}].{own}", each, versions[at]) for at, each in enumerate(found)]


def _check_scale(scale: dict[str, Any] | None, path: str, errors: Errors) -> None:
    if scale is None:
        return
    for key, below in (("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")):
        value = scale.get(key, "")
        if not value:
            errors.required(f"{path}.{key}")
        elif not json_path.is_simple(value):
            errors.invalid(f"{path}.{key}", value, _SIMPLE)
        elif not value.startswith(below + "."):
            errors.invalid(f"{path}.{key}", value, f"should be a json path under {below}")
    selector = scale.get("labelSelectorPath")
    if selector:
        if not json_path.is_simple(selector):
            errors.invalid(f"{path}.labelSelectorPath", selector, _SIMPLE)
        elif not selector.startswith((".spec.", ".status.")):
            why = "should be a json path under either .status or .spec"
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
        elif not where.startswith("."):
            errors.invalid(f"{here}.JSONPath", where, _SIMPLE)
        else:
            try:
                json_path.compile_path(where)
            except json_path.JSONPathError as error:
                errors.invalid(f"{here}.JSONPath", where, str(error))


def _check_selectable(found: Sequence[dict[str, Any]], schema: Schema, path: str, errors: Errors) -> None:
    if len(found) > _MOST_SELECTABLE:
        errors.too_many(path, len(found), _MOST_SELECTABLE)
    seen: set[str] = set()
    for index, each in enumerate(found):
        here, where = f"{path}[{index}].jsonPath", each.get("jsonPath", "")
        if not where:
            errors.required(here)
            continue
        if where in seen:
            errors.duplicate(here, where)
        seen.add(where)
        if not json_path.is_simple(where):
            errors.invalid(here, where, _SIMPLE)
        elif where == ".metadata" or where.startswith(".metadata."):
            errors.invalid(here, where, "must not point to fields in metadata")
        elif problem := field_path_problem(where, schema):
            errors.invalid(here, where, f"is an invalid path: {problem}")
        else:
            at = schema
            for name in json_path.fields(where):
                at = at.get("properties", {}).get(name, {})
            if at.get("type") not in ("string", "boolean", "integer"):
                why = "must point to a field of type string, boolean or integer"
                errors.invalid(here, where, f"{why}. Enum string fields and strings with formats are allowed.")


def check_conversion(conversion: CustomResourceConversion, errors: Errors) -> None:
    """A webhook that converts: where it is, and which reviews it understands."""
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
    where = f"{path}.conversionReviewVersions"
    if not reviews:
        errors.required(where)
    elif not any(each in _REVIEWS for each in reviews):
        errors.invalid(where, reviews, f"must include at least one of {', '.join(_REVIEWS)}")
    for index, each in enumerate(reviews):
        if each in reviews[:index]:
            errors.append(field_errors.invalid(f"{where}[{index}]", each, "duplicate version"))


def shown_versions(obj: CustomResourceDefinition) -> Any:
    """The versions as messages quote them: what they share is kept elsewhere."""
    return in_order(
        [
            {
                "Name": each.name,
                "Served": each.served,
                "Storage": each.storage,
                "Deprecated": each.deprecated,
                "DeprecationWarning": each.deprecation_warning,
                "Schema": None,
                "Subresources": None,
                "AdditionalPrinterColumns": None,
                "SelectableFields": None,
            }
            for each in obj.spec.versions
        ]
    )


def format_warnings(obj: CustomResourceDefinition) -> list[str]:
    """What nobody will check."""
    found = unrecognized_formats(plain_versions(obj), _KNOWN_FORMATS)
    return [f'unrecognized format "{each}"' for each in found]

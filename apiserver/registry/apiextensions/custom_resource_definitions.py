"""CustomResourceDefinitions as objects: names, versions and what is stored; `apiserver/crd` judges the rest."""

from __future__ import annotations

from datetime import datetime

import msgspec

from apiserver.crd import definition
from apiserver.crd.tidy_schema import tidy
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from apiserver.registry.webhook_client import validate_ca_bundle
from minik8s.api.apiextensions_v1 import (
    CustomResourceConversion,
    CustomResourceDefinition,
    CustomResourceDefinitionCondition,
    CustomResourceDefinitionNames,
    CustomResourceDefinitionStatus,
)
from minik8s.machinery.conditions import is_true, set_condition
from minik8s.machinery.times import format_time

FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
_SCOPES = ("Cluster", "Namespaced")
_STRATEGIES = ("None", "Webhook")
_LARGE = 4 * 1024
_MIXED = "may have mixed case, but should otherwise match: "


def _check_label(value: str, path: str, errors: Errors, *, mixed: bool = False) -> None:
    found = formats.dns1035_label(value.lower() if mixed else value)
    if found:
        errors.invalid(path, value, (_MIXED if mixed else "") + ",".join(found))


def _validate_names(names: CustomResourceDefinitionNames, path: str, errors: Errors) -> None:
    for label, value, mixed in (
        ("plural", names.plural, False),
        ("singular", names.singular, False),
        ("kind", names.kind, True),
        ("listKind", names.list_kind, True),
    ):
        if value:
            _check_label(value, f"{path}.{label}", errors, mixed=mixed)
    for index, short in enumerate(names.short_names):
        _check_label(short, f"{path}.shortNames[{index}]", errors)
    if names.kind and names.kind == names.list_kind:
        errors.invalid(f"{path}.listKind", names.list_kind, "kind and listKind may not be the same")
    for index, category in enumerate(names.categories):
        _check_label(category, f"{path}.categories[{index}]", errors)


def _validate_spec(obj: CustomResourceDefinition, errors: Errors, old: CustomResourceDefinition | None = None) -> None:
    spec = obj.spec
    if not spec.group:
        errors.required("spec.group")
    elif found := formats.dns_subdomain(spec.group):
        errors.invalid("spec.group", spec.group, ",".join(found))
    elif "." not in spec.group:
        errors.invalid("spec.group", spec.group, "should be a domain with at least one dot")
    if not spec.scope:
        errors.required("spec.scope")
    elif spec.scope not in _SCOPES:
        errors.not_supported("spec.scope", spec.scope, _SCOPES)
    if spec.preserve_unknown_fields:
        if definition.has_defaults(obj):
            why = "must be false in order to use defaults in the schema"
            errors.invalid("spec.preserveUnknownFields", True, why)
    definition.check_versions(obj, errors)
    known = [each.name for each in spec.versions]
    for wrong, why in (
        (len(set(known)) != len(known), "must contain unique version names"),
        (len(_storage_versions(obj)) != 1, "must have exactly one version marked as storage version"),
    ):
        if wrong:
            errors.invalid("spec.versions", definition.shown_versions(obj), why)
    if known and known[0] and (found := formats.dns1035_label(known[0])):
        errors.invalid("spec.version", known[0], ",".join(found))
    names = spec.names
    for label, value in (
        ("plural", names.plural),
        ("singular", names.singular),
        ("kind", names.kind),
        ("listKind", names.list_kind),
    ):
        if not value:
            errors.required(f"spec.names.{label}")
    _validate_names(names, "spec.names", errors)
    definition.check_shared(obj, errors)
    if spec.preserve_unknown_fields and spec.conversion is not None and spec.conversion.strategy != "None":
        why = "must be None if spec.preserveUnknownFields is true"
        errors.invalid("spec.conversion.strategy", spec.conversion.strategy, why)
    conversion = spec.conversion
    if conversion is not None:
        if not conversion.strategy:
            errors.required("spec.conversion.strategy")
        elif conversion.strategy not in _STRATEGIES:
            errors.not_supported("spec.conversion.strategy", conversion.strategy, _STRATEGIES)
        definition.check_conversion(conversion, errors, any_bundle=old is None or _any_bundle(old))


def _any_bundle(old: CustomResourceDefinition) -> bool:
    """Whether a CA bundle may be none: before the kind is served, and where it has been none."""
    if not is_true(old.status.conditions, "Established"):
        return True
    webhook = old.spec.conversion.webhook if old.spec.conversion is not None else None
    config = webhook.client_config if webhook is not None else None
    if config is None or not config.ca_bundle:
        return False
    found = Errors()
    validate_ca_bundle(config.ca_bundle, "", found)
    return bool(found)


def _validate_preserved(obj: CustomResourceDefinition, errors: Errors) -> None:
    if obj.spec.preserve_unknown_fields:
        why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        errors.invalid("spec.preserveUnknownFields", True, why)


def _storage_versions(obj: CustomResourceDefinition) -> list[str]:
    return [version.name for version in obj.spec.versions if version.storage]


def _remember_storage(obj: CustomResourceDefinition) -> None:
    """The version in which objects are stored from now on counts as stored."""
    stored = obj.status.stored_versions
    obj.status.stored_versions = [*stored, *(name for name in _storage_versions(obj)[:1] if name not in stored)]


def _validate_stored(obj: CustomResourceDefinition, errors: Errors) -> None:
    known = {version.name for version in obj.spec.versions}
    path = "status.storedVersions"
    stored = obj.status.stored_versions
    if not stored:
        errors.invalid(path, None, "must have at least one stored version")
        return
    for name in _storage_versions(obj):
        if name not in stored:
            errors.invalid(path, stored, f"must have the storage version {name}")
    for index, name in enumerate(stored):
        if name not in known:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes "
                f"{name} from status.storedVersions"
            )
            errors.invalid(f"{path}[{index}]", name, why)


class CustomResourceDefinitionStrategy(Strategy[CustomResourceDefinition]):
    """A kind of the cluster's own."""

    namespaced = False
    allow_unconditional_update = False
    short_names = ("crd", "crds")
    categories = ("api-extensions",)

    def default(self, obj: CustomResourceDefinition, request: Request) -> None:
        """Names from the kind; objects are not converted; schemas as they are written again."""
        names, spec = obj.spec.names, obj.spec
        if names.kind:
            names.singular = names.singular or names.kind.lower()
            names.list_kind = names.list_kind or f"{names.kind}List"
        if spec.conversion is None:
            spec.conversion = CustomResourceConversion(strategy="None")
        config = spec.conversion.webhook.client_config if spec.conversion.webhook is not None else None
        if config is not None and config.service is not None and config.service.port is None:
            config.service.port = 443
        if not obj.status.stored_versions:
            _remember_storage(obj)
        for version in spec.versions:
            if version.schema is not None and version.schema.open_apiv3_schema is not None:
                tidy(version.schema.open_apiv3_schema)

    def prepare_for_delete(self, obj: CustomResourceDefinition, now: datetime) -> None:
        """Objects of the kind go first. A definition is given no grace, and this is no new generation of it."""
        if obj.metadata.deletion_timestamp is not None:
            return
        obj.metadata.deletion_timestamp = format_time(now)
        if FINALIZER not in obj.metadata.finalizers:
            obj.metadata.finalizers = [*obj.metadata.finalizers, FINALIZER]
        condition = CustomResourceDefinitionCondition(
            type="Terminating",
            status="True",
            reason="InstanceDeletionPending",
            message="CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        )
        set_condition(obj.status.conditions, condition, format_time(now))

    def prepare_for_create(self, obj: CustomResourceDefinition, request: Request) -> None:
        """Not served yet."""
        obj.status = CustomResourceDefinitionStatus()
        obj.metadata.generation = 1
        _remember_storage(obj)

    def validate(self, obj: CustomResourceDefinition, request: Request) -> Errors:
        """Names, versions and scope."""
        errors = Errors()
        wanted = f"{obj.spec.names.plural}.{obj.spec.group}"

        def name_problems(name: str) -> tuple[str, ...]:
            found = formats.dns_subdomain(name)
            return found if name == wanted else (*found, 'must be spec.names.plural+"."+spec.group')

        validate_metadata(obj.metadata, errors, namespaced=False, name=name_problems, qualified_finalizers=False)
        _validate_spec(obj, errors)
        _validate_stored(obj, errors)
        definition.check_approval(obj, errors)
        _validate_preserved(obj, errors)
        return errors

    def takes_long(self, obj: CustomResourceDefinition) -> bool:
        """Large schemas are walked many times, and their rules compiled."""
        return len(msgspec.json.encode(obj.spec.versions)) > _LARGE

    def warnings_on_create(self, obj: CustomResourceDefinition) -> list[str]:
        """Formats that are not checked."""
        return definition.format_warnings(obj)

    def warnings_on_update(self, new: CustomResourceDefinition, old: CustomResourceDefinition) -> list[str]:
        """Formats that are not checked."""
        return definition.format_warnings(new, old)

    def prepare_for_update(
        self, new: CustomResourceDefinition, old: CustomResourceDefinition, request: Request
    ) -> None:
        """The status stays."""
        new.status = old.status
        _remember_storage(new)
        count_generation(new, old)

    def validate_update(self, new: CustomResourceDefinition, old: CustomResourceDefinition, request: Request) -> Errors:
        """Once served, a kind keeps its scope and kind."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        _validate_spec(new, errors, old)
        if is_true(old.status.conditions, "Established"):
            errors.immutable("spec.scope", new.spec.scope, old.spec.scope)
            errors.immutable("spec.names.kind", new.spec.names.kind, old.spec.names.kind)
        errors.immutable("spec.group", new.spec.group, old.spec.group)
        errors.immutable("spec.names.plural", new.spec.names.plural, old.spec.names.plural)
        _validate_names(new.status.accepted_names, "status.acceptedNames", errors)
        _validate_stored(new, errors)
        definition.check_approval(new, errors, old)
        if not old.spec.preserve_unknown_fields:
            _validate_preserved(new, errors)
        return errors


class CustomResourceDefinitionStatusStrategy(StatusStrategy[CustomResourceDefinition]):
    """Whether the kind is served, and under which names."""

    namespaced = False

    def validate_update(self, new: CustomResourceDefinition, old: CustomResourceDefinition, request: Request) -> Errors:
        """Names; which versions are stored is for who migrates them to say."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        _validate_names(new.status.accepted_names, "status.acceptedNames", errors)
        return errors


STRATEGY = CustomResourceDefinitionStrategy()
STRATEGY.subresources = {"status": CustomResourceDefinitionStatusStrategy()}

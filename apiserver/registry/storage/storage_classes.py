"""StorageClasses: what a claim may ask for by name."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_key
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.warnings import NODE_LABELS
from apiserver.registry.storage.parameters import validate_driver, validate_parameters
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import TopologySelectorTerm
from minik8s.api.storage_v1 import StorageClass

_POLICIES = ("Delete", "Retain")
_MODES = ("Immediate", "WaitForFirstConsumer")


def _validate_term(term: TopologySelectorTerm, path: str, errors: Errors) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for index, requirement in enumerate(term.match_label_expressions):
        here = f"{path}.matchLabelExpressions[{index}]"
        if not requirement.values:
            errors.required(f"{here}.values")
        for at, value in enumerate(requirement.values):
            if value in requirement.values[:at]:
                errors.duplicate(f"{here}.values[{at}]", value)
        validate_label_key(requirement.key, f"{here}.key", errors)
        if requirement.key in found:
            errors.duplicate(f"{here}.key", requirement.key)
        found[requirement.key] = frozenset(requirement.values)
    return found


def _validate_topologies(terms: list[TopologySelectorTerm], errors: Errors) -> None:
    # A term that says nothing is a duplicate of the empty ones that Kubernetes starts from.
    seen: list[dict[str, frozenset[str]]] = [{}] * len(terms)
    for index, term in enumerate(terms):
        path = f"allowedTopologies[{index}]"
        found = _validate_term(term, path, errors)
        for _ in range(seen.count(found)):
            errors.duplicate(f"{path}.matchLabelExpressions", "")
        seen.append(found)


class StorageClassStrategy(Strategy[StorageClass]):
    """A provisioner and what it is told."""

    namespaced = False
    short_names = ("sc",)

    def default(self, obj: StorageClass, request: Request) -> None:
        """Volumes go with their claims and are bound at once."""
        obj.reclaim_policy = "Delete" if obj.reclaim_policy is None else obj.reclaim_policy
        obj.volume_binding_mode = "Immediate" if obj.volume_binding_mode is None else obj.volume_binding_mode

    def validate(self, obj: StorageClass, request: Request) -> Errors:
        """Provisioner, parameters, policy and mode."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        validate_driver(obj.provisioner, "provisioner", errors)
        validate_parameters(obj.parameters, "parameters", errors, needed=False)
        if obj.reclaim_policy and obj.reclaim_policy not in _POLICIES:
            errors.not_supported("reclaimPolicy", obj.reclaim_policy, _POLICIES)
        if obj.volume_binding_mode is None:
            errors.required("volumeBindingMode")
        elif obj.volume_binding_mode not in _MODES:
            errors.not_supported("volumeBindingMode", obj.volume_binding_mode, _MODES)
        _validate_topologies(obj.allowed_topologies, errors)
        return errors

    def warnings_on_create(self, obj: StorageClass) -> list[str]:
        """Labels of nodes that have newer names."""
        return [
            f"allowedTopologies[{index}].matchLabelExpressions[{at}].key: {each.key} is {NODE_LABELS[each.key]}"
            for index, term in enumerate(obj.allowed_topologies)
            for at, each in enumerate(term.match_label_expressions)
            if each.key in NODE_LABELS
        ]

    def validate_update(self, new: StorageClass, old: StorageClass, request: Request) -> Errors:
        """As a new class; what volumes were made by stays."""
        errors = self.validate(new, request)
        validate_metadata_update(new.metadata, old.metadata, errors)
        errors.immutable("parameters", new.parameters or None, old.parameters or None)
        errors.immutable("provisioner", new.provisioner, old.provisioner)
        errors.immutable("reclaimPolicy", new.reclaim_policy, old.reclaim_policy)
        errors.immutable("volumeBindingMode", new.volume_binding_mode, old.volume_binding_mode)
        return errors

    def warnings_on_update(self, new: StorageClass, old: StorageClass) -> list[str]:
        """Labels of nodes that have newer names."""
        return self.warnings_on_create(new)


STRATEGY = StorageClassStrategy()

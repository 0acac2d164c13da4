"""CSINodes: which drivers run on a machine."""

from __future__ import annotations

import msgspec

from apiserver.registry import formats
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.storage_v1 import CSINode, CSINodeDriver

_NODE_ID_MAX = 256


def _validate_driver(driver: CSINodeDriver, names: set[str], path: str, errors: Errors) -> None:
    validate_driver_name(driver.name, f"{path}.name", errors)
    if not driver.node_id:
        errors.required(f"{path}.nodeID", driver.node_id)
    if len(driver.node_id.encode()) > _NODE_ID_MAX:
        errors.invalid(f"{path}.nodeID", driver.node_id, f"must be {_NODE_ID_MAX} characters or less")
    if driver.allocatable is not None and driver.allocatable.count is not None:
        errors.not_negative(f"{path}.allocatable.count", driver.allocatable.count)
    if driver.name in names:
        errors.duplicate(f"{path}.name", driver.name)
    names.add(driver.name)
    for index, key in enumerate(driver.topology_keys):
        if not key:
            errors.required(path, key)
        if key in driver.topology_keys[:index]:
            errors.duplicate(path, key)
        errors.invalid_each(path, key, formats.qualified_name(key))


def _validate(node: CSINode, errors: Errors) -> None:
    validate_metadata(node.metadata, errors, namespaced=False)
    names: set[str] = set()
    for index, driver in enumerate(node.spec.drivers):
        _validate_driver(driver, names, f"spec.drivers[{index}]", errors)


class CSINodeStrategy(Strategy[CSINode]):
    """The drivers of one machine."""

    namespaced = False
    allow_unconditional_update = False

    def validate(self, obj: CSINode, request: Request) -> Errors:
        """Drivers, each once."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def validate_update(self, new: CSINode, old: CSINode, request: Request) -> Errors:
        """A driver that stays keeps all but the number of its volumes."""
        errors = Errors()
        _validate(new, errors)
        for before in old.spec.drivers:
            for driver in new.spec.drivers:
                kept = msgspec.structs.replace(driver, allocatable=None)
                if driver.name == before.name and kept != msgspec.structs.replace(before, allocatable=None):
                    errors.invalid("spec.drivers", internal_form(kept), IMMUTABLE)
        return errors


STRATEGY = CSINodeStrategy()

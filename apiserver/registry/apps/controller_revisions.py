"""ControllerRevisions: what a controller once rolled out."""

from __future__ import annotations

import msgspec

from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.apps_v1 import ControllerRevision


def _validate(revision: ControllerRevision, errors: Errors) -> None:
    validate_metadata(revision.metadata, errors, namespaced=True)
    errors.not_negative("revision", revision.revision)


class ControllerRevisionStrategy(Strategy[ControllerRevision]):
    """A snapshot under a number."""

    def default(self, obj: ControllerRevision, request: Request) -> None:
        """Null is no data."""
        if obj.data is not None and bytes(obj.data) == b"null":
            obj.data = None

    def validate(self, obj: ControllerRevision, request: Request) -> Errors:
        """Data, and a number that is not negative."""
        errors = Errors()
        _validate(obj, errors)
        if obj.data is None:
            errors.required("data", "data is mandatory")
        elif not isinstance(msgspec.json.decode(obj.data), dict):
            errors.required("data", "data must be a valid JSON object")
        return errors

    def validate_update(self, new: ControllerRevision, old: ControllerRevision, request: Request) -> Errors:
        """The data never changes."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate(new, errors)
        mine, theirs = (msgspec.json.decode(data) if data is not None else None for data in (new.data, old.data))
        errors.immutable("data", mine, theirs, internal_form(new.data))
        return errors


STRATEGY = ControllerRevisionStrategy()

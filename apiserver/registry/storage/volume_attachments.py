"""VolumeAttachments: which volume is to be on which machine."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.core.persistent_volumes import validate_volume_spec
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.pod_spec.volume_defaults import default_network_sources
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.storage_v1 import VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentStatus, VolumeError

_EXACTLY_ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
_METADATA_MAX = 256 * 1024
_MESSAGE_MAX = 1024


def _validate_source(source: VolumeAttachmentSource, path: str, errors: Errors) -> None:
    name, inline = source.persistent_volume_name, source.inline_volume_spec
    if name is None and inline is None:
        errors.required(path, _EXACTLY_ONE)
    elif name is not None and inline is not None:
        errors.forbidden(path, _EXACTLY_ONE)
    elif name is not None:
        if not name:
            errors.required(f"{path}.persistentVolumeName", "must specify non empty persistentVolumeName")
    elif inline is not None:
        validate_volume_spec(inline, "", f"{path}.inlineVolumeSpec", errors, inline=True)


def _validate_error(error: VolumeError | None, path: str, errors: Errors) -> None:
    if error is None:
        return
    if len(error.message.encode()) > _MESSAGE_MAX:
        # Kubernetes names the limit of the metadata here.
        errors.too_long(f"{path}.message", _METADATA_MAX)
    if error.error_code is not None and error.error_code < 0:
        errors.invalid(f"{path}.errorCode", error.error_code, "must be between 0 and 2147483647, inclusive")


def _validate_status(status: VolumeAttachmentStatus, errors: Errors) -> None:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in status.attachment_metadata.items())
    if size > _METADATA_MAX:
        errors.too_long("status.attachmentMetadata", _METADATA_MAX)
    _validate_error(status.attach_error, "status.attachError", errors)
    _validate_error(status.detach_error, "status.detachError", errors)


def _validate(attachment: VolumeAttachment, errors: Errors) -> None:
    validate_metadata(attachment.metadata, errors, namespaced=False)
    spec = attachment.spec
    validate_driver_name(spec.attacher, "spec.attacher", errors)
    _validate_source(spec.source, "spec.source", errors)
    errors.invalid_each("spec.nodeName", spec.node_name, formats.dns_subdomain(spec.node_name))
    _validate_status(attachment.status, errors)
    name = spec.source.persistent_volume_name
    if name is not None:
        errors.invalid_each("spec.source.persistentVolumeName", name, formats.dns_subdomain(name))


class VolumeAttachmentStrategy(Strategy[VolumeAttachment]):
    """A volume and a node."""

    namespaced = False
    allow_unconditional_update = False

    def default(self, obj: VolumeAttachment, request: Request) -> None:
        """Sources of inline volumes are filled in as anywhere."""
        if obj.spec.source.inline_volume_spec is not None:
            default_network_sources(obj.spec.source.inline_volume_spec)

    def prepare_for_create(self, obj: VolumeAttachment, request: Request) -> None:
        """Not attached yet."""
        obj.status = VolumeAttachmentStatus()

    def validate(self, obj: VolumeAttachment, request: Request) -> Errors:
        """A driver, a volume and a node."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def prepare_for_update(self, new: VolumeAttachment, old: VolumeAttachment, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: VolumeAttachment, old: VolumeAttachment, request: Request) -> Errors:
        """The spec never changes."""
        errors = Errors()
        _validate(new, errors)
        if new.spec != old.spec:
            errors.invalid("spec", internal_form(new.spec), IMMUTABLE)
        return errors


class VolumeAttachmentStatusStrategy(StatusStrategy[VolumeAttachment]):
    """Whether it is attached."""

    reset_fields = ("metadata", "spec")

    namespaced = False
    keeps_metadata = True

    def validate_update(self, new: VolumeAttachment, old: VolumeAttachment, request: Request) -> Errors:
        """As a new object with that status."""
        errors = Errors()
        _validate(new, errors)
        return errors


STRATEGY = VolumeAttachmentStrategy()
STRATEGY.subresources = {"status": VolumeAttachmentStatusStrategy()}

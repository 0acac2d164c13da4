"""CSIDrivers: what a driver needs and can do."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy, count_generation
from minik8s.api.storage_v1 import CSIDriver, CSIDriverSpec, TokenRequest

_GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_MODES = ("Persistent", "Ephemeral")
_SHORTEST = 600
_LONGEST = 1 << 32
_IN_SECRETS = (
    "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible "
    "logging of tokens in volume attributes"
)


def _validate_tokens(tokens: list[TokenRequest], path: str, errors: Errors) -> None:
    seen: set[str] = set()
    for index, token in enumerate(tokens):
        here = f"{path}[{index}]"
        if token.audience in seen:
            errors.duplicate(f"{here}.audience", token.audience)
            continue
        seen.add(token.audience)
        seconds = token.expiration_seconds
        if seconds is not None and seconds < _SHORTEST:
            errors.invalid(f"{here}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
        elif seconds is not None and seconds > _LONGEST:
            errors.invalid(f"{here}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")


def _validate_spec(spec: CSIDriverSpec, errors: Errors) -> None:
    for name, value in (
        ("attachedRequired", spec.attach_required),
        ("podInfoOnMount", spec.pod_info_on_mount),
        ("storageCapacity", spec.storage_capacity),
    ):
        if value is None:
            errors.required(f"spec.{name}")
    policy = spec.fs_group_policy
    if policy is not None and policy not in _GROUP_POLICIES:
        errors.not_supported("spec.fsGroupPolicy", policy, _GROUP_POLICIES)
    _validate_tokens(spec.token_requests, "spec.tokenRequests", errors)
    for mode in spec.volume_lifecycle_modes:
        if mode not in _MODES:
            errors.not_supported("spec.volumeLifecycleModes", mode, _MODES)
    if spec.se_linux_mount is None:
        errors.required("spec.seLinuxMount")
    period = spec.node_allocatable_update_period_seconds
    if period is not None and period < 10:
        errors.invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds")
    if spec.service_account_token_in_secrets is not None and not spec.token_requests:
        errors.invalid(
            "spec.serviceAccountTokenInSecrets",
            spec.service_account_token_in_secrets,
            "serviceAccountTokenInSecrets is set but no tokenRequests are specified",
        )


class CSIDriverStrategy(Strategy[CSIDriver]):
    """A driver under its name."""

    namespaced = False
    allow_unconditional_update = False

    def default(self, obj: CSIDriver, request: Request) -> None:
        """Volumes are attached and outlive their pods; nothing special is asked for."""
        spec = obj.spec
        spec.attach_required = True if spec.attach_required is None else spec.attach_required
        spec.pod_info_on_mount = bool(spec.pod_info_on_mount)
        spec.storage_capacity = bool(spec.storage_capacity)
        spec.requires_republish = bool(spec.requires_republish)
        spec.se_linux_mount = bool(spec.se_linux_mount)
        if spec.fs_group_policy is None:
            spec.fs_group_policy = "ReadWriteOnceWithFSType"
        if not spec.volume_lifecycle_modes:
            spec.volume_lifecycle_modes = ["Persistent"]

    def prepare_for_create(self, obj: CSIDriver, request: Request) -> None:
        """What scales with the volumes of a machine is not switched on."""
        obj.spec.prevent_pod_scheduling_if_missing = None

    def validate(self, obj: CSIDriver, request: Request) -> Errors:
        """A driver's name and its properties."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        _validate_spec(obj.spec, errors)
        return errors

    def warnings_on_create(self, obj: CSIDriver) -> list[str]:
        """Tokens that may end up in logs."""
        spec = obj.spec
        return [_IN_SECRETS] if spec.token_requests and spec.service_account_token_in_secrets is None else []

    def warnings_on_update(self, new: CSIDriver, old: CSIDriver) -> list[str]:
        """New tokens that may end up in logs."""
        return self.warnings_on_create(new) if new.spec.token_requests != old.spec.token_requests else []

    def prepare_for_update(self, new: CSIDriver, old: CSIDriver, request: Request) -> None:
        """A changed spec counts."""
        if old.spec.prevent_pod_scheduling_if_missing is None:
            new.spec.prevent_pod_scheduling_if_missing = None
        count_generation(new, old)

    def validate_update(self, new: CSIDriver, old: CSIDriver, request: Request) -> Errors:
        """How volumes come and go stays."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, errors)
        mine, theirs = new.spec, old.spec
        errors.immutable("spec.attachedRequired", mine.attach_required, theirs.attach_required)
        errors.immutable("spec.volumeLifecycleModes", mine.volume_lifecycle_modes, theirs.volume_lifecycle_modes)
        return errors


STRATEGY = CSIDriverStrategy()

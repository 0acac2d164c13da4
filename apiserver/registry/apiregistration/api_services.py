"""APIServices: who serves a group version, this server or another."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.apiregistration_v1 import APIService, APIServiceCondition, APIServiceStatus, ServiceReference

_PORT = 443
_GROUP_MAX = 20000
_VERSION_MAX = 1000
_STATUSES = ("True", "False", "Unknown")


def _validate_service(service: ServiceReference, errors: Errors) -> None:
    if not service.namespace:
        errors.required("spec.service.namespace")
    if not service.name:
        errors.required("spec.service.name")
    port = service.port or 0
    if not 0 < port < 65536:
        errors.invalid("spec.service.port", port, f"port is not valid: {formats.PORT_RANGE}")


def _validate(obj: APIService, errors: Errors) -> None:
    spec = obj.spec
    wanted = f"{spec.version}.{spec.group}"

    def name_problems(name: str) -> tuple[str, ...]:
        found = formats.path_segment(name)
        return found if found or name == wanted else (f'must be `spec.version+"."+spec.group`: "{wanted}"',)

    validate_metadata(obj.metadata, errors, namespaced=False, name=name_problems, qualified_finalizers=False)
    if not spec.group and spec.version != "v1":
        errors.required("spec.group", "only v1 may have an empty group and it better be legacy kube")
    if spec.group:
        errors.invalid_each("spec.group", spec.group, formats.dns_subdomain(spec.group))
    errors.invalid_each("spec.version", spec.version, formats.dns1035_label(spec.version))
    if not 0 < spec.group_priority_minimum <= _GROUP_MAX:
        detail = f"must be positive and less than {_GROUP_MAX}"
        errors.invalid("spec.groupPriorityMinimum", spec.group_priority_minimum, detail)
    if not 0 < spec.version_priority <= _VERSION_MAX:
        detail = f"must be positive and less than {_VERSION_MAX}"
        errors.invalid("spec.versionPriority", spec.version_priority, detail)
    bundle, insecure = spec.ca_bundle, spec.insecure_skip_tls_verify
    if spec.service is None:
        if bundle:
            errors.invalid("spec.caBundle", f"{len(bundle)} bytes", "local APIServices may not have a caBundle")
        if insecure:
            detail = "local APIServices may not have insecureSkipTLSVerify"
            errors.invalid("spec.insecureSkipTLSVerify", insecure, detail)
        return
    _validate_service(spec.service, errors)
    if insecure and bundle:
        errors.invalid("spec.insecureSkipTLSVerify", insecure, "may not be true if caBundle is present")


class APIServiceStrategy(Strategy[APIService]):
    """A group version and its server."""

    namespaced = False
    allow_unconditional_update = False
    categories = ("api-extensions",)

    def default(self, obj: APIService, request: Request) -> None:
        """Servers listen where HTTPS does."""
        if obj.spec.service is not None and obj.spec.service.port is None:
            obj.spec.service.port = _PORT

    def prepare_for_create(self, obj: APIService, request: Request) -> None:
        """What this server serves is there; of others nothing is known yet."""
        obj.status = APIServiceStatus()
        if obj.spec.service is None:
            obj.status.conditions = [
                APIServiceCondition(
                    type="Available",
                    status="True",
                    reason="Local",
                    message="Local APIServices are always available",
                    last_transition_time=request.now,
                )
            ]

    def validate(self, obj: APIService, request: Request) -> Errors:
        """Name, order and service."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def prepare_for_update(self, new: APIService, old: APIService, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: APIService, old: APIService, request: Request) -> Errors:
        """As a new object."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        _validate(new, errors)
        return errors


class APIServiceStatusStrategy(StatusStrategy[APIService]):
    """Whether the other server answers."""

    namespaced = False
    keeps_metadata = True

    def validate_update(self, new: APIService, old: APIService, request: Request) -> Errors:
        """Conditions."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        for index, condition in enumerate(new.status.conditions):
            if condition.status not in _STATUSES:
                errors.not_supported(f"status.conditions[{index}].status", condition.status, _STATUSES)
        return errors


STRATEGY = APIServiceStrategy()
STRATEGY.subresources = {"status": APIServiceStatusStrategy()}

"""ServiceCIDRs: ranges that services get their addresses from."""

from __future__ import annotations

from apiserver.registry.addresses import check_canonical_cidr, parse_cidr
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import in_order
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.networking_v1 import ServiceCIDR, ServiceCIDRStatus

_PATH = "spec.cidrs"
_ONE_EACH = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96"


def _validate_ranges(cidrs: list[str], errors: Errors) -> None:
    if not cidrs:
        errors.required(_PATH, "at least one CIDR required")
        return
    if len(cidrs) > 2:
        errors.invalid(_PATH, in_order({"CIDRs": cidrs}), "may only hold up to 2 values")
        return
    for index, value in enumerate(cidrs):
        check_canonical_cidr(value, f"{_PATH}[{index}]", errors)
    if len(cidrs) == 2:
        networks = [parse_cidr(value) for value in cidrs]
        if len({network.version for network in networks if network is not None}) == 1 and None not in networks:
            errors.invalid(_PATH, cidrs, _ONE_EACH)


class ServiceCIDRStrategy(Strategy[ServiceCIDR]):
    """A range of either family, or one of each."""

    namespaced = False

    def prepare_for_create(self, obj: ServiceCIDR, request: Request) -> None:
        """Not ready yet."""
        obj.status = ServiceCIDRStatus()

    def validate(self, obj: ServiceCIDR, request: Request) -> Errors:
        """One or two ranges."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        _validate_ranges(obj.spec.cidrs, errors)
        return errors

    def prepare_for_update(self, new: ServiceCIDR, old: ServiceCIDR, request: Request) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(self, new: ServiceCIDR, old: ServiceCIDR, request: Request) -> Errors:
        """Ranges stay; one of the other family may be added."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        mine, theirs = new.spec.cidrs, old.spec.cidrs
        if len(mine) == len(theirs) or (len(theirs), len(mine)) == (1, 2):
            for index, value in enumerate(theirs):
                errors.immutable(f"{_PATH}[{index}]", mine[index], value)
            if len(mine) > len(theirs):
                _validate_ranges(mine, errors)
        else:
            errors.invalid(_PATH, mine or None, IMMUTABLE)
        return errors


class ServiceCIDRStatusStrategy(StatusStrategy[ServiceCIDR]):
    """Whether addresses are given out from the range."""

    reset_fields = ("metadata", "spec")

    namespaced = False

    def validate_update(self, new: ServiceCIDR, old: ServiceCIDR, request: Request) -> Errors:
        """Conditions are not checked: Ready is written without a reason."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        return errors


STRATEGY = ServiceCIDRStrategy()
STRATEGY.subresources = {"status": ServiceCIDRStatusStrategy()}

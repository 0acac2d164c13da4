"""PriorityLevelConfigurations: how much of the server some requests get."""

from __future__ import annotations

import math
from functools import cache

import msgspec

from apiserver.fairness import bootstrap
from apiserver.registry.errors import Errors
from apiserver.registry.flowcontrol.flow_conditions import validate_flow_conditions
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.flowcontrol_v1 import (
    LimitedPriorityLevelConfiguration,
    LimitResponse,
    PriorityLevelConfiguration,
    PriorityLevelConfigurationSpec,
    PriorityLevelConfigurationStatus,
    QueuingConfiguration,
)

_SHARES = 30
_QUEUES, _HAND, _LENGTH = 64, 8, 50
_QUEUES_MAX = 10_000_000
_BITS_MAX = 60
_NOT_NEGATIVE = "must be a non-negative integer"
_PERCENT = "must be between 0 and 100, inclusive"


@cache
def _mandatory() -> dict[str, PriorityLevelConfigurationSpec]:
    levels = bootstrap.priority_levels()
    return {each.metadata.name: each.spec for each in levels if each.metadata.name in bootstrap.MANDATORY}


def _entropy_bits(deck: int, hand: int) -> int:
    """Bits of a hash that dealing `hand` of `deck` cards takes."""
    return math.ceil(math.log2(float(deck)) * hand)


def _validate_queuing(queuing: QueuingConfiguration, path: str, errors: Errors) -> None:
    queues, hand = queuing.queues, queuing.hand_size
    if queuing.queue_length_limit <= 0:
        errors.invalid(f"{path}.queueLengthLimit", queuing.queue_length_limit, "must be positive")
    if queues <= 0:
        errors.invalid(f"{path}.queues", queues, "must be positive")
    elif queues > _QUEUES_MAX:
        errors.invalid(f"{path}.queues", queues, f"must not be greater than {_QUEUES_MAX}")
    if hand <= 0:
        errors.invalid(f"{path}.handSize", hand, "must be positive")
    elif hand > queues:
        errors.invalid(f"{path}.handSize", hand, f"should not be greater than queues ({queues})")
    elif _entropy_bits(queues, hand) > _BITS_MAX:
        errors.invalid(
            f"{path}.handSize",
            hand,
            f"required entropy bits of deckSize {queues} and handSize {hand} should not be greater than {_BITS_MAX}",
        )


def _validate_response(response: LimitResponse, path: str, errors: Errors) -> None:
    match response.type:
        case "Reject":
            if response.queuing is not None:
                errors.forbidden(f"{path}.queuing", "must be nil if limited.limitResponse.type is not Limited")
        case "Queue":
            if response.queuing is None:
                errors.required(f"{path}.queuing", "must not be empty if limited.limitResponse.type is Limited")
            else:
                _validate_queuing(response.queuing, f"{path}.queuing", errors)
        case _:
            errors.not_supported(f"{path}.type", response.type, ("Queue", "Reject"))


def _check_shares(shares: int | None, lendable: int | None, path: str, errors: Errors) -> None:
    if shares is not None and shares < 0:
        errors.invalid(f"{path}.nominalConcurrencyShares", shares, _NOT_NEGATIVE)
    if lendable is not None and not 0 <= lendable <= 100:
        errors.invalid(f"{path}.lendablePercent", lendable, _PERCENT)


def _validate_limited(limited: LimitedPriorityLevelConfiguration, path: str, errors: Errors) -> None:
    if limited.nominal_concurrency_shares is not None and limited.nominal_concurrency_shares < 0:
        errors.invalid(f"{path}.nominalConcurrencyShares", limited.nominal_concurrency_shares, _NOT_NEGATIVE)
    _validate_response(limited.limit_response, f"{path}.limitResponse", errors)
    _check_shares(None, limited.lendable_percent, path, errors)
    borrowed = limited.borrowing_limit_percent
    if borrowed is not None and borrowed < 0:
        errors.invalid(f"{path}.borrowingLimitPercent", borrowed, "if specified, must be a non-negative integer")


def _validate_spec(name: str, spec: PriorityLevelConfigurationSpec, errors: Errors) -> None:
    if (name == "exempt") != (spec.type == "Exempt"):
        errors.invalid("spec.type", spec.type, "must be 'Exempt' if and only if `name` is 'exempt'")
    match spec.type:
        case "Exempt":
            if spec.limited is not None:
                errors.forbidden("spec.limited", "must be nil if the type is not Limited")
            if spec.exempt is not None:
                exempt = spec.exempt
                _check_shares(exempt.nominal_concurrency_shares, exempt.lendable_percent, "spec.exempt", errors)
        case "Limited":
            if spec.exempt is not None:
                errors.forbidden("spec.exempt", "must be nil if the type is Limited")
            if spec.limited is None:
                errors.required("spec.limited", "must not be empty when type is Limited")
            else:
                _validate_limited(spec.limited, "spec.limited", errors)
        case _:
            errors.not_supported("spec.type", spec.type, ("Exempt", "Limited"))


def _check_fixed(name: str, spec: PriorityLevelConfigurationSpec, errors: Errors) -> None:
    fixed = _mandatory().get(name)
    if fixed is None:
        return
    if name == "exempt":
        # How much of what they do not use others may borrow can be set.
        if msgspec.structs.replace(spec, exempt=fixed.exempt) != fixed:
            detail = f"spec of '{name}' except the 'spec.exempt' field must equal the fixed value"
            errors.invalid("spec", internal_form(spec), detail)
    elif spec != fixed:
        errors.invalid("spec", internal_form(spec), f"spec of '{name}' must equal the fixed value")


class PriorityLevelConfigurationStrategy(Strategy[PriorityLevelConfiguration]):
    """A share of the server, and what becomes of what exceeds it."""

    namespaced = False

    def default(self, obj: PriorityLevelConfiguration, request: Request) -> None:
        """Thirty shares, nothing lent, sixty-four queues of fifty."""
        limited, exempt = obj.spec.limited, obj.spec.exempt
        if limited is not None:
            if limited.nominal_concurrency_shares is None:
                limited.nominal_concurrency_shares = _SHARES
            limited.lendable_percent = limited.lendable_percent or 0
            queuing = limited.limit_response.queuing
            if queuing is not None:
                queuing.hand_size = queuing.hand_size or _HAND
                queuing.queues = queuing.queues or _QUEUES
                queuing.queue_length_limit = queuing.queue_length_limit or _LENGTH
        if exempt is not None:
            exempt.nominal_concurrency_shares = exempt.nominal_concurrency_shares or 0
            exempt.lendable_percent = exempt.lendable_percent or 0

    def prepare_for_create(self, obj: PriorityLevelConfiguration, request: Request) -> None:
        """Nothing known yet."""
        obj.status = PriorityLevelConfigurationStatus()
        obj.metadata.generation = 1

    def validate(self, obj: PriorityLevelConfiguration, request: Request) -> Errors:
        """Numbers within bounds; levels the server cannot do without are fixed."""
        errors = Errors()
        name = obj.metadata.name
        validate_metadata(obj.metadata, errors, namespaced=False)
        _validate_spec(name, obj.spec, errors)
        _check_fixed(name, obj.spec, errors)
        validate_flow_conditions(obj.status.conditions, errors)
        return errors

    def prepare_for_update(
        self, new: PriorityLevelConfiguration, old: PriorityLevelConfiguration, request: Request
    ) -> None:
        """The status stays."""
        new.status = old.status
        count_generation(new, old)

    def validate_update(
        self, new: PriorityLevelConfiguration, old: PriorityLevelConfiguration, request: Request
    ) -> Errors:
        """As a new object."""
        return self.validate(new, request)


class PriorityLevelConfigurationStatusStrategy(StatusStrategy[PriorityLevelConfiguration]):
    """How the level fares."""

    reset_fields = ("metadata", "spec")

    namespaced = False
    keeps_metadata = True

    def validate_update(
        self, new: PriorityLevelConfiguration, old: PriorityLevelConfiguration, request: Request
    ) -> Errors:
        """Conditions."""
        errors = Errors()
        validate_flow_conditions(new.status.conditions, errors)
        return errors


STRATEGY = PriorityLevelConfigurationStrategy()
STRATEGY.subresources = {"status": PriorityLevelConfigurationStatusStrategy()}

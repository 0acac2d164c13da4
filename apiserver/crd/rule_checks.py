"""What a definition's CEL rules may say, and what they may cost at most: judged before any object exists."""

from __future__ import annotations

import heapq
from collections.abc import Collection
from typing import Any

from apiserver.crd.cel_types import LARGEST_REQUEST, smallest
from apiserver.crd.field_path import find_field
from apiserver.crd.rules import Rule, compile_rules
from apiserver.crd.schema import (
    INT_OR_STRING,
    LIST_TYPE,
    MAP_TYPE,
    RULES,
    Schema,
    is_embedded,
    item_schema,
    value_schema,
)
from apiserver.crd.shown_schema import shown_rule
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import in_order
from minik8s.machinery.cel.cost import estimate
from minik8s.machinery.cel.program import Program

RULE_LIMIT = 10_000_000
"""Cost units one rule may be estimated at, for all the places it is run at."""
TOTAL_LIMIT = 100_000_000
"""Cost units all rules of a schema may be estimated at."""
_REASONS = ("FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate")
_HINT = (
    "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are "
    "declared"
)
_UNBOUNDED = 1 << 63
_MOST_NAMED = 4
_WORTH_NAMING = TOTAL_LIMIT // 100
_NO_TYPE = (
    "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert "
    "structural schema to CEL declarations"
)
_NOT_EMPTY = "must be non-empty if specified"
_NO_LINES = "must not contain line breaks"


class _Totals:
    def __init__(self) -> None:
        self.cost = 0
        self.largest: list[tuple[int, str]] = []

    def add(self, cost: int, path: str) -> None:
        """Count the cost of one rule."""
        self.cost = min(self.cost + cost, _UNBOUNDED)
        if cost < _WORTH_NAMING:
            return
        heapq.heappush(self.largest, (cost, path))
        if len(self.largest) > _MOST_NAMED:
            heapq.heappop(self.largest)


def check_rules(schema: Schema, path: str, errors: Errors, faulty: Collection[int] = ()) -> None:
    """All rules of a schema, but for those at `faulty` schemas (by identity): what is wrong with them comes first."""
    totals = _Totals()
    _walk(schema, path, errors, totals, 1, faulty, uncorrelated="", root=True)
    if totals.cost > TOTAL_LIMIT:
        for _, where in sorted(totals.largest, reverse=True):
            why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"
            errors.forbidden(where, why)
        what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema"
        errors.forbidden(path, _exceeds(what, totals.cost, TOTAL_LIMIT))


def _exceeds(what: str, cost: int, limit: int) -> str:
    factor = cost / limit
    shown = "more than 100x" if factor > 100 else f"{factor:f}x" if factor < 1.5 else f"{factor:.1f}x"
    return f"{what} exceeds budget by factor of {shown} ({_HINT})"


def _walk(
    schema: Schema,
    path: str,
    errors: Errors,
    totals: _Totals,
    count: int | None,
    faulty: Collection[int],
    *,
    uncorrelated: str,
    root: bool = False,
) -> None:
    """`count` is how many such values an object can hold, None where only its size bounds them.

    `uncorrelated` is what has no old value to be compared.
    """
    if schema.get(RULES) and id(schema) not in faulty:
        if not schema.get("type") and not schema.get(INT_OR_STRING):
            errors.internal(f"{path}.{RULES}", _NO_TYPE)
            return
        places = LARGEST_REQUEST // (smallest(schema) + 1) if count is None else count
        for index, rule in enumerate(compile_rules(schema, root=root or is_embedded(schema))):
            _rule(rule, f"{path}.{RULES}[{index}]", errors, totals, places, uncorrelated)
    inside = uncorrelated or (path if schema.get(MAP_TYPE) == "atomic" else "")
    for name, child in schema.get("properties", {}).items():
        _walk(child, f"{path}.properties[{name}]", errors, totals, count, faulty, uncorrelated=inside)
    if (items := item_schema(schema)) is not None:
        most = schema.get("maxItems")
        here = uncorrelated or ("" if schema.get(LIST_TYPE) == "map" else path)
        inner = _times(count, most)
        _walk(items, f"{path}.items", errors, totals, inner, faulty, uncorrelated=here)
    if (values := value_schema(schema)) is not None:
        inner = _times(count, schema.get("maxProperties"))
        _walk(values, f"{path}.additionalProperties", errors, totals, inner, faulty, uncorrelated=uncorrelated)


def _times(count: int | None, most: int | None) -> int | None:
    return None if count is None or most is None else count * max(most, 0)


def _rule(rule: Rule, path: str, errors: Errors, totals: _Totals, count: int, uncorrelated: str) -> None:
    source = rule.source
    shown = in_order(shown_rule(source))
    if rule.program is not None:
        _cost(rule.program, "estimated rule cost", f"{path}.rule", errors, totals, count)
    else:
        errors.invalid(f"{path}.rule", shown, rule.problem)
    if rule.message_problem:
        errors.invalid(f"{path}.messageExpression", shown, rule.message_problem)
    elif rule.message is not None:
        # Kubernetes counts a message once, however many values its rule is run for.
        _cost(rule.message, "estimated messageExpression cost", f"{path}.messageExpression", errors, totals, 1)
    if rule.uses_old:
        if uncorrelated:
            why = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelated}"
            errors.invalid(f"{path}.rule", source["rule"], why)
    elif source.get("optionalOldSelf") is not None:
        why = "may not be set if oldSelf is not used in rule"
        errors.invalid(f"{path}.optionalOldSelf", source["optionalOldSelf"], why)


def _cost(program: Program, what: str, path: str, errors: Errors, totals: _Totals, count: int) -> None:
    cost = min(estimate(program.node, program.checked, program.environment) * count, _UNBOUNDED)
    if cost > RULE_LIMIT:
        errors.forbidden(path, _exceeds(what, cost, RULE_LIMIT))
    totals.add(cost, path)


def check_words(source: dict[str, Any], schema: Schema, path: str, errors: Errors) -> None:
    """What can be said of a rule without compiling it."""
    message, text = source.get("message", ""), source.get("rule", "")
    if not text.strip():
        errors.required(f"{path}.rule", "rule is not specified")
    elif message and not message.strip():
        errors.invalid(f"{path}.message", message, _NOT_EMPTY)
    elif _has_lines(message.strip()):
        errors.invalid(f"{path}.message", message, _NO_LINES)
    elif _has_lines(text.strip()) and not message.strip():
        errors.required(f"{path}.message", "message must be specified if rule contains line breaks")
    expression = source.get("messageExpression", "")
    if expression and not expression.strip():
        errors.required(f"{path}.messageExpression", f"messageExpression {_NOT_EMPTY}")
    reason = source.get("reason")
    if reason is not None and reason not in _REASONS:
        errors.not_supported(f"{path}.reason", reason, sorted(_REASONS))
    where = source.get("fieldPath", "")
    if where and not where.strip():
        errors.invalid(f"{path}.fieldPath", where, _NOT_EMPTY)
    if _has_lines(where):
        errors.invalid(f"{path}.fieldPath", where, _NO_LINES)
    if where and find_field(where, schema)[1]:
        errors.invalid(f"{path}.fieldPath", where, "must be a valid path")


def _has_lines(text: str) -> bool:
    return "\n" in text or "\r" in text

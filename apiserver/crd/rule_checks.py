"""What a definition's CEL rules may say, and what they may cost at most: judged before any object exists."""

from __future__ import annotations

import heapq
from typing import Any

from apiserver.crd.cel_types import LARGEST_REQUEST, smallest
from apiserver.crd.rules import Rule, compile_rules
from apiserver.crd.schema import LIST_TYPE, RULES, Schema, is_embedded, item_schema, value_schema
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import in_order
from minik8s.machinery.cel.cost import estimate
from minik8s.machinery.cel.program import Program
from minik8s.machinery.quoting import quote

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


class _Totals:
    def __init__(self) -> None:
        self.cost = 0
        self.largest: list[tuple[int, str]] = []

    def add(self, cost: int, path: str) -> None:
        """Count the cost of one rule."""
        self.cost = min(self.cost + cost, _UNBOUNDED)
        heapq.heappush(self.largest, (cost, path))
        if len(self.largest) > _MOST_NAMED:
            heapq.heappop(self.largest)


def check_rules(schema: Schema, path: str, errors: Errors) -> None:
    """All rules of a schema."""
    totals = _Totals()
    _walk(schema, path, errors, totals, 1, uncorrelated="", root=True)
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
    schema: Schema, path: str, errors: Errors, totals: _Totals, count: int, *, uncorrelated: str, root: bool = False
) -> None:
    """`count` is how many such values an object can hold; `uncorrelated` is the list whose items have no old ones."""
    for index, rule in enumerate(compile_rules(schema, root=root or is_embedded(schema))):
        _rule(rule, schema, f"{path}.{RULES}[{index}]", errors, totals, count, uncorrelated)
    for name, child in schema.get("properties", {}).items():
        _walk(child, f"{path}.properties[{name}]", errors, totals, count, uncorrelated=uncorrelated)
    if (items := item_schema(schema)) is not None:
        most = schema.get("maxItems")
        here = uncorrelated or ("" if schema.get(LIST_TYPE) == "map" else path)
        inner = _times(count, most, LARGEST_REQUEST // (smallest(items) + 1))
        _walk(items, f"{path}.items", errors, totals, inner, uncorrelated=here)
    if (values := value_schema(schema)) is not None:
        inner = _times(count, schema.get("maxProperties"), LARGEST_REQUEST // (smallest(values) + 6))
        _walk(values, f"{path}.additionalProperties", errors, totals, inner, uncorrelated=uncorrelated)


def _times(count: int, most: int | None, possible: int) -> int:
    return min(count * (most if most is not None else possible), LARGEST_REQUEST)


def _shown(source: dict[str, Any]) -> dict[str, Any]:
    """A rule as messages quote it."""
    return {
        "Rule": source.get("rule", ""),
        "Message": source.get("message", ""),
        "MessageExpression": source.get("messageExpression", ""),
        "Reason": source.get("reason"),
        "FieldPath": source.get("fieldPath", ""),
        "OptionalOldSelf": source.get("optionalOldSelf"),
    }


def _rule(
    rule: Rule, schema: Schema, path: str, errors: Errors, totals: _Totals, count: int, uncorrelated: str
) -> None:
    source = rule.source
    shown = in_order(_shown(source))
    _words(source, schema, path, errors)
    if rule.program is None:
        if rule.problem == "rule is not specified":
            errors.required(f"{path}.rule", rule.problem)
        else:
            errors.invalid(f"{path}.rule", shown, rule.problem)
        return
    if rule.message_problem:
        errors.invalid(f"{path}.messageExpression", shown, rule.message_problem)
    if rule.transition and uncorrelated:
        why = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {uncorrelated}"
        errors.invalid(f"{path}.rule", source["rule"], why)
    elif source.get("optionalOldSelf") is not None and not rule.uses_old:
        why = "must not be set if oldSelf is not used in rule"
        errors.invalid(f"{path}.optionalOldSelf", source["optionalOldSelf"], why)
    _cost(rule.program, "estimated rule cost", f"{path}.rule", errors, totals, count)
    if rule.message is not None:
        _cost(rule.message, "estimated messageExpression cost", f"{path}.messageExpression", errors, totals, count)


def _cost(program: Program, what: str, path: str, errors: Errors, totals: _Totals, count: int) -> None:
    cost = min(estimate(program.node, program.checked) * count, _UNBOUNDED)
    if cost > RULE_LIMIT:
        errors.forbidden(path, _exceeds(what, cost, RULE_LIMIT))
    totals.add(cost, path)


def _words(source: dict[str, Any], schema: Schema, path: str, errors: Errors) -> None:
    message, text = source.get("message", ""), source.get("rule", "")
    if message and not message.strip():
        errors.invalid(f"{path}.message", message, "message must be non-empty if specified")
    elif "\n" in message.strip():
        errors.invalid(f"{path}.message", message, "message must not contain line breaks")
    elif "\n" in text.strip() and not message and not source.get("messageExpression"):
        errors.required(f"{path}.message", "message must be specified if rule contains line breaks")
    expression = source.get("messageExpression", "")
    if expression and not expression.strip():
        why = "messageExpression must be non-empty if specified"
        errors.required(f"{path}.messageExpression", why)
    reason = source.get("reason")
    if reason is not None and reason not in _REASONS:
        errors.not_supported(f"{path}.reason", reason, _REASONS)
    where = source.get("fieldPath", "")
    if where and (problem := field_path_problem(where, schema)):
        errors.invalid(f"{path}.fieldPath", where, f"fieldPath must be a valid path: {problem}")


def field_path_problem(path: str, schema: Schema) -> str:
    """Why a path leads to no field of a schema, "" for a good one."""
    if not path.startswith((".", "[")):
        return "expected [ or . but got: " + path
    rest, at = path, schema
    while rest:
        if rest.startswith("['"):
            name, found, rest = rest[2:].partition("']")
        elif rest.startswith("."):
            end = min((rest.find(mark, 1) for mark in ".[" if rest.find(mark, 1) > 0), default=len(rest))
            name, found, rest = rest[1:end], "'", rest[end:]
        else:
            return "does not refer to a valid field"
        if not found or not name:
            return "unexpected end of JSON path"
        child = at.get("properties", {}).get(name) or value_schema(at)
        if child is None:
            return f"does not refer to a valid field: {quote(name)}"
        at = child
    return ""

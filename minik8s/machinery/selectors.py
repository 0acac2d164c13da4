"""Label selectors and field selectors: parsing, matching, printing, with Kubernetes' messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from minik8s.api.meta_v1 import LabelSelector
from minik8s.machinery import field_errors, names
from minik8s.machinery.label_selector_parser import SelectorSyntaxError, Term, parse_terms
from minik8s.machinery.quoting import quote

IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS = "in", "notin", "=", "==", "!="
EXISTS, DOES_NOT_EXIST, GREATER_THAN, LESS_THAN = "exists", "!", "gt", "lt"
_OPERATORS = (IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER_THAN, LESS_THAN, EXISTS, DOES_NOT_EXIST)
_OF_API = {"In": IN, "NotIn": NOT_IN, "Exists": EXISTS, "DoesNotExist": DOES_NOT_EXIST}
_SIGN = {EQUALS: "=", DOUBLE_EQUALS: "==", NOT_EQUALS: "!=", GREATER_THAN: ">", LESS_THAN: "<"}
_INT64 = re.compile(r"[+-]?[0-9]+")


class SelectorError(ValueError):
    """A selector cannot be understood; the text is the one Kubernetes answers."""


class Requirement(NamedTuple):
    """One condition on a label: `operator` is one of this module's constants."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it."""
        operator, value = self.operator, labels.get(self.key)
        if operator in (EQUALS, DOUBLE_EQUALS, IN):
            return value is not None and value in self.values
        if operator in (NOT_EQUALS, NOT_IN):
            return value is None or value not in self.values
        if operator == EXISTS:
            return value is not None
        if operator == DOES_NOT_EXIST:
            return value is None
        number, bound = _int64(value), _int64(self.values[0])
        if number is None or bound is None:
            return False
        return number > bound if operator == GREATER_THAN else number < bound

    def __str__(self) -> str:
        if self.operator == EXISTS:
            return self.key
        if self.operator == DOES_NOT_EXIST:
            return f"!{self.key}"
        values = ",".join(sorted(self.values))
        if self.operator in (IN, NOT_IN):
            return f"{self.key} {self.operator} ({values})"
        return f"{self.key}{_SIGN[self.operator]}{values}"


def _int64(text: str | None) -> int | None:
    if text is None or not _INT64.fullmatch(text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


class Selector:
    """A label selector: all its requirements must be met. `nothing` matches no labels at all.

    Selectors are values: they never change, compare equal and hash by what they say.
    """

    __slots__ = ("_exact", "_rest", "nothing", "requirements")

    def __init__(self, requirements: Iterable[Requirement] = (), *, nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda one: one.key))
        self.nothing = nothing
        exact, rest = [], []
        for one in self.requirements:
            if one.operator in (EQUALS, DOUBLE_EQUALS, IN) and len(one.values) == 1:
                exact.append((one.key, one.values[0]))
            else:
                rest.append(one)
        self._exact, self._rest = tuple(exact), tuple(rest)

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Whether an object with those labels is selected."""
        if self.nothing:
            return False
        labels = labels or {}
        for key, value in self._exact:
            if labels.get(key) != value:
                return False
        return all(one.matches(labels) for one in self._rest)

    @property
    def empty(self) -> bool:
        """Whether it selects everything."""
        return not self.nothing and not self.requirements

    def required(self, key: str) -> str | None:
        """The one value that label `key` must have, None if several will do."""
        for one in self.requirements:
            if one.key == key:
                exact = one.operator in (EQUALS, DOUBLE_EQUALS, IN) and len(one.values) == 1
                return one.values[0] if exact else None
        return None

    def and_also(self, *requirements: Requirement) -> Selector:
        """This selector with further requirements."""
        return self if self.nothing else Selector((*self.requirements, *requirements))

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return "Selector(nothing)" if self.nothing else f"Selector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selector):
            return NotImplemented
        return self.requirements == other.requirements and self.nothing == other.nothing

    def __hash__(self) -> int:
        return hash((self.requirements, self.nothing))


EVERYTHING = Selector()
NOTHING = Selector(nothing=True)


def requirement(key: str, operator: str, values: Sequence[str] = ()) -> Requirement:
    """A checked requirement; raises SelectorError."""
    errors = []
    if found := names.label_key(key):
        errors.append(field_errors.invalid("key", key, "; ".join(found)))
    problem = ""
    if operator in (IN, NOT_IN):
        problem = "" if values else "for 'in', 'notin' operators, values set can't be empty"
    elif operator in (EQUALS, DOUBLE_EQUALS, NOT_EQUALS):
        problem = "" if len(values) == 1 else "exact-match compatibility requires one single value"
    elif operator in (EXISTS, DOES_NOT_EXIST):
        problem = "values set must be empty for exists and does not exist" if values else ""
    elif operator in (GREATER_THAN, LESS_THAN):
        problem = "" if len(values) == 1 else "for 'Gt', 'Lt' operators, exactly one value is required"
    else:
        errors.append(field_errors.not_supported("operator", operator, _OPERATORS))
    if problem:
        errors.append(field_errors.invalid("values", list(values), problem))
    if operator in (GREATER_THAN, LESS_THAN):
        for at, value in enumerate(values):
            if _int64(value) is None:
                problem = "for 'Gt', 'Lt' operators, the value must be an integer"
                errors.append(field_errors.invalid(f"values[{at}]", value, problem))
    for at, value in enumerate(values):
        if found := names.label_value(value):
            errors.append(field_errors.invalid(f"values[{at}][{key}]", value, "; ".join(found)))
    if errors:
        raise SelectorError(field_errors.aggregate(errors))
    return Requirement(key, operator, tuple(values))


def _checked(term: Term) -> Requirement:
    try:
        return requirement(term.key, term.operator, term.values)
    except SelectorError as error:
        raise SelectorError(f"unable to parse requirement: {error}") from None


@lru_cache(maxsize=2048)
def parse_label_selector(text: str) -> Selector:
    """A selector as queries and command lines write it: `app=web,tier in (a,b),!old`; raises SelectorError."""
    if not text:
        return EVERYTHING
    try:
        # Terms are checked as they are read: the first fault is the one reported.
        return Selector([_checked(term) for term in parse_terms(text)])
    except SelectorSyntaxError as error:
        raise SelectorError(str(error)) from None


def from_label_selector(selector: LabelSelector | None) -> Selector:
    """The selector an object holds: None selects nothing, an empty one everything; raises SelectorError."""
    if selector is None:
        return NOTHING
    found = [requirement(key, EQUALS, (value,)) for key, value in selector.match_labels.items()]
    for expression in selector.match_expressions:
        operator = _OF_API.get(expression.operator)
        if operator is None:
            raise SelectorError(f"{quote(expression.operator)} is not a valid label selector operator")
        found.append(requirement(expression.key, operator, expression.values))
    return Selector(found) if found else EVERYTHING


def from_labels(labels: Mapping[str, str]) -> Selector:
    """The selector of objects that carry all those labels, which are not checked; none at all selects everything."""
    return Selector(Requirement(key, EQUALS, (value,)) for key, value in labels.items())


class FieldTerm(NamedTuple):
    """One condition on a field: it is, or is not, `value`."""

    field: str
    value: str
    equal: bool = True

    def __str__(self) -> str:
        return f"{self.field}{'=' if self.equal else '!='}{escape_value(self.value)}"


class FieldSelector:
    """A field selector: all its terms must hold. A field that is absent counts as ""."""

    __slots__ = ("terms",)

    def __init__(self, terms: Iterable[FieldTerm] = ()) -> None:
        self.terms = tuple(terms)

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether an object with those values is selected."""
        return all((fields.get(term.field, "") == term.value) is term.equal for term in self.terms)

    @property
    def empty(self) -> bool:
        """Whether it selects everything."""
        return not self.terms

    def required(self, field: str) -> str | None:
        """The one value that `field` must have, None if several will do."""
        return next((term.value for term in self.terms if term.field == field and term.equal), None)

    def transform(self, change: Callable[[str, str], tuple[str, str]]) -> FieldSelector:
        """The selector with every field and value changed; a term that becomes empty is dropped."""
        changed = [FieldTerm(*change(term.field, term.value), term.equal) for term in self.terms]
        return FieldSelector(term for term in changed if term.field or term.value)

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    def __repr__(self) -> str:
        return f"FieldSelector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return self.terms == other.terms if isinstance(other, FieldSelector) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.terms)


def escape_value(value: str) -> str:
    """A value as a field selector writes it: backslash, comma and equals sign escaped."""
    return value.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=")


_OPERATOR = re.compile("!=|==|=")


def _unescape(value: str) -> str:
    found, at = [], 0
    while at < len(value):
        character = value[at]
        if character == "\\":
            escaped = value[at + 1 : at + 2]
            if escaped not in ("\\", ",", "="):
                raise SelectorError(f"invalid field selector: invalid escape sequence: \\{escaped}")
            found.append(escaped)
            at += 2
            continue
        if character in ",=":
            raise SelectorError(f"invalid field selector: unescaped character in value: {ord(character)}")
        found.append(character)
        at += 1
    return "".join(found)


def _split(text: str) -> list[str]:
    parts, start, escaped = [], 0, False
    for at, character in enumerate(text):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ",":
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


@lru_cache(maxsize=2048)
def parse_field_selector(text: str) -> FieldSelector:
    """A selector as queries write it: `spec.nodeName=n1,status.phase!=Failed`; raises SelectorError."""
    terms = []
    for part in sorted(_split(text)):
        if not part:
            continue
        found = _OPERATOR.search(part)
        if found is None:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")
        terms.append(FieldTerm(part[: found.start()], _unescape(part[found.end() :]), found.group() != "!="))
    return FieldSelector(terms)

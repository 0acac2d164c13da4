"""Rules in CEL (`x-kubernetes-validations`): compiled once for each place in a schema, run under a budget."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from apiserver.at_once import out_of_time, seconds_left
from apiserver.crd.cel_types import Types, converter
from apiserver.crd.correlation import ABSENT, Items, correlated_items, unchanged
from apiserver.crd.field_path import find_field
from apiserver.crd.json_values import child_path
from apiserver.crd.schema import RULES, Schema, children, is_embedded, item_schema, value_schema
from apiserver.registry.errors import Errors
from minik8s.machinery import field_errors
from minik8s.machinery.cel import (
    CompileError,
    CostExceeded,
    Environment,
    EvalError,
    Program,
    TimeExceeded,
    compile_expression,
)
from minik8s.machinery.cel.ast import Ident
from minik8s.machinery.cel.types import optional_of
from minik8s.machinery.cel.values import NONE, Optional
from minik8s.machinery.field_errors import OMITTED, FieldError

CALL_LIMIT = 1_000_000
"""Cost units one rule may take."""
BUDGET = 10_000_000
"""Cost units all rules of one object may take."""
_SECONDS = 2.0
_LONGEST_MESSAGE = 5 * 1024
_WHOLE = "<nil>"
"""How the place of a whole object is told."""
_STOPPED = "no further validation rules will be run due to call cost exceeds limit for rule"
_UNSUPPORTED = "call arguments did not match a supported operator, function or macro signature for rule"
_OUT = "validation failed due to running out of cost budget, no further validation rules will be run"


@dataclasses.dataclass(slots=True)
class Rule:
    """One rule. `problem` is why it cannot be compiled, `program` is None then."""

    source: dict[str, Any]
    program: Program | None
    message: Program | None
    problem: str = ""
    message_problem: str = ""
    uses_old: bool = False
    place: str = ""
    """Where faults are told of, from where the rule stands."""

    @property
    def optional_old(self) -> bool:
        """Whether the rule is run without an old value too."""
        return bool(self.source.get("optionalOldSelf"))

    @property
    def transition(self) -> bool:
        """Whether the rule looks at the old value."""
        return self.uses_old or "optionalOldSelf" in self.source


def compile_rules(schema: Schema, *, root: bool = False) -> list[Rule]:
    """The rules that stand at a schema itself."""
    found = schema.get(RULES, ())
    if not found:
        return []
    types = Types()
    own = types.of(schema, root=root)
    plain = Environment({"self": own, "oldSelf": own}, types.objects)
    maybe = Environment({"self": own, "oldSelf": optional_of(own)}, types.objects)
    made = [_compiled(each, maybe if each.get("optionalOldSelf") else plain) for each in found]
    for rule in made:
        if where := rule.source.get("fieldPath"):
            rule.place = find_field(where, schema)[2] or where
    return made


def _compiled(source: dict[str, Any], environment: Environment) -> Rule:
    rule = Rule(source, None, None)
    text = source.get("rule", "")
    if not text.strip():
        rule.problem = "rule is not specified"
        return rule
    try:
        program = compile_expression(text, environment)
    except CompileError as error:
        rule.problem = f"{error.stage}: {error}"
        return rule
    if program.type.name != "bool":
        rule.problem = "cel expression must evaluate to a bool"
        return rule
    rule.program = program
    rule.uses_old = _mentions_old(program)
    if source.get("messageExpression"):
        try:
            message = compile_expression(source["messageExpression"], environment)
        except CompileError as error:
            rule.message_problem = f"messageExpression {error.stage}: {error}"
            return rule
        if message.type.name != "string":
            rule.message_problem = "messageExpression must evaluate to a string"
            return rule
        rule.message = message
    return rule


def _mentions_old(program: Program) -> bool:
    return any(isinstance(node, Ident) and node.name == "oldSelf" for node in program.checked.nodes)


class Run:
    """What one object's rules may still cost, and what they find wrong that was so before.

    `around` is the nearest value that has an old one, with that; None where nothing has.
    """

    __slots__ = ("around", "left", "warnings")

    def __init__(self, warnings: list[str] | None = None) -> None:
        self.around: tuple[Schema, Any, Any] | None = None
        self.left = BUDGET
        self.warnings = [] if warnings is None else warnings


Rules = Callable[[Any, Any, str, Errors, Run], None]
"""(value, old value or ABSENT, path, errors, budget)"""


def rules_checker(schema: Schema, *, root: bool = False) -> Rules | None:
    """What runs all rules of a schema and of what is inside, None where there are none."""
    own = [each for each in compile_rules(schema, root=root) if each.program is not None]
    convert = converter(schema) if own else None
    inside = _inside(schema)
    if not own:
        return inside

    def check(value: Any, old: Any, path: str, errors: Errors, run: Run) -> None:
        if value is None and schema.get("nullable"):
            return
        _run_rules(own, convert, value, old, path, errors, run, schema=schema)
        if inside is not None and run.left >= 0:
            inside(value, old, path, errors, run)

    return check


def _run_rules(
    rules: list[Rule],
    convert: Callable[[Any], Any] | None,
    value: Any,
    old: Any,
    path: str,
    errors: Errors,
    run: Run,
    *,
    schema: Schema,
) -> None:
    # What messages show in place of a value that no rule could judge.
    kind = schema.get("type", "")
    try:
        this = convert(value) if convert is not None else value
        # Null is no value to be compared with.
        before = ABSENT if old is ABSENT or old is None else convert(old) if convert is not None else old
    except (EvalError, ValueError) as error:
        errors.append(field_errors.invalid(path or _WHOLE, kind, f"{error} evaluating rule: {_said(rules[0])}"))
        return
    variables = {"self": this}
    for rule in rules:
        if rule.transition:
            if before is ABSENT and not rule.optional_old:
                continue
            variables["oldSelf"] = before if not rule.optional_old else NONE if before is ABSENT else Optional(before)
        assert rule.program is not None
        try:
            result, cost = rule.program.measured(variables, min(CALL_LIMIT, run.left), seconds_left(_SECONDS))
        except CostExceeded as error:
            if isinstance(error, TimeExceeded):
                out_of_time()
            text = f"'{error}': {_STOPPED}: {_said(rule)}"
            errors.append(field_errors.invalid(path or _WHOLE, kind, _OUT if run.left < CALL_LIMIT else text))
            run.left = -1
            return
        except EvalError as error:
            text = f"{error} evaluating rule"
            if str(error).startswith("no such overload"):
                text = f"'{error}': {_UNSUPPORTED}"
            errors.append(field_errors.invalid(path or _WHOLE, kind, f"{text}: {_said(rule)}"))
            continue
        run.left -= cost
        if result is not True:
            found = _failed(rule, variables, path, OMITTED if kind in ("object", "array") else value, run)
            here = (schema, value, old) if old is not ABSENT else run.around
            if path and not rule.transition and here is not None and unchanged(*here):
                # What was wrong before may stay: only changes are held against the author.
                run.warnings.append(str(found))
            else:
                errors.append(found)


def _said(rule: Rule) -> str:
    text: str = rule.source.get("message") or rule.source["rule"]
    return text.strip()


def _failed(rule: Rule, variables: dict[str, Any], path: str, shown: Any, run: Run) -> FieldError:
    source = rule.source
    text = (source.get("message") or "").strip()
    if rule.message is not None:
        text = _message(rule.message, variables, run) or text
    text = text or f"failed rule: {source['rule'].strip()}"
    here = f"{path}{rule.place}" if path else rule.place.lstrip(".") or _WHOLE
    match source.get("reason"):
        case "FieldValueForbidden":
            return field_errors.forbidden(here, text)
        case "FieldValueRequired":
            return field_errors.required(here, text)
        case "FieldValueDuplicate":
            return field_errors.duplicate(here, shown)
    return field_errors.invalid(here, shown, text)


def _message(program: Program, variables: dict[str, Any], run: Run) -> str:
    """What a message expression says, "" where it says nothing that can be shown."""
    try:
        said, cost = program.measured(variables, max(min(CALL_LIMIT, run.left), 0), seconds_left(_SECONDS))
    except EvalError as error:
        if isinstance(error, TimeExceeded):
            out_of_time()
        return ""
    run.left -= cost
    said = said.strip() if isinstance(said, str) else ""
    return "" if "\n" in said or len(said) > _LONGEST_MESSAGE else said


def _inside(schema: Schema) -> Rules | None:
    items = item_schema(schema)
    if items is not None:
        each = rules_checker(items, root=is_embedded(items))
        return None if each is None else _of_items(schema, each)
    known = {
        name: found
        for name, child in schema.get("properties", {}).items()
        if (found := rules_checker(child, root=is_embedded(child))) is not None
    }
    values = value_schema(schema)
    others = rules_checker(values) if values is not None else None
    if not known and others is None:
        return None

    def check(value: Any, old: Any, path: str, errors: Errors, run: Run) -> None:
        if type(value) is not dict:
            return
        before = old if type(old) is dict else {}
        around = run.around
        if old is not ABSENT:
            run.around = (schema, value, old)
        for name, found in known.items():
            if name in value and run.left >= 0:
                found(value[name], before.get(name, ABSENT), child_path(path, name), errors, run)
        if others is not None:
            for name, item in value.items():
                if run.left < 0:
                    return
                if name not in known:
                    others(item, before.get(name, ABSENT), f"{path}[{name}]", errors, run)
        run.around = around

    return check


def _of_items(schema: Schema, each: Rules) -> Rules:
    def check(value: Any, old: Any, path: str, errors: Errors, run: Run) -> None:
        if type(value) is not list:
            return
        before: Items = correlated_items(schema, old)
        around = run.around
        if old is not ABSENT:
            run.around = (schema, value, old)
        for index, item in enumerate(value):
            if run.left < 0:
                return
            each(item, before(item), f"{path}[{index}]", errors, run)
        run.around = around

    return check


def walk(schema: Schema, path: str = "") -> Iterator[tuple[Schema, str]]:
    """A schema and all that are inside it, with their paths."""
    yield schema, path
    for step, child in children(schema):
        yield from walk(child, path + step)

"""Budgets, variables and checks of admission expressions, without a server."""

from __future__ import annotations

import threading

import pytest

from apiserver.admission.expressions.activation import Variables, request_value
from apiserver.admission.expressions.budget import Budget, BudgetSpent, TimeLeft, bounded
from apiserver.admission.expressions.conditions import Conditions
from apiserver.admission.matching.targets import target_of
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.at_once import TooSlow
from apiserver.auth.protocols import User
from apiserver.policies.checks import ExpressionChecks
from apiserver.policies.json_values import as_json
from apiserver.registry.expressions import PARAMS
from minik8s.api.admissionregistration_v1 import MatchCondition, Variable
from minik8s.api.core_v1 import Pod
from minik8s.machinery.admission.environment import environment
from minik8s.machinery.admission.made_objects import misnamed
from minik8s.machinery.admission.variables import Place, compile_variables
from minik8s.machinery.cel import EvalError, compile_expression
from minik8s.machinery.cel.library.authorizer import Answer, AuthorizerValue
from minik8s.machinery.cel.values import Duration, UInt


def an_hour() -> float:
    return 3600.0


def test_a_variable_is_computed_once_and_only_when_asked() -> None:
    asked = []

    def count() -> dict[str, int]:
        asked.append(1)
        return {"n": 2}

    variables = [Variable(name="n", expression="object.n"), Variable(name="m", expression="variables.n * 10")]
    compiled = compile_variables(variables, Place())
    known: dict[str, object] = {"object": lambda: count()}
    held = known["variables"] = Variables(compiled.programs, known, Budget(1000, an_hour))
    assert asked == []
    assert held["m"] == 20 and held["m"] == 20 and held["n"] == 2
    assert asked == [1]


def test_a_broken_variable_says_which_it_is() -> None:
    compiled = compile_variables([Variable(name="n", expression="object.none")], Place())
    held = Variables(compiled.programs, {"object": {}}, Budget(1000, an_hour))
    for _ in range(2):
        with pytest.raises(EvalError, match='composited variable "n" fails to evaluate: no such key: none'):
            held["n"]


def test_a_budget_is_shared_by_all_that_is_run() -> None:
    program = compile_expression("[1,2,3].all(x, x > 0)", environment())
    budget = Budget(60, an_hour)
    with pytest.raises(BudgetSpent):
        for _ in range(10):
            budget.run(program, {})


def test_what_a_policy_does_not_declare_is_not_known() -> None:
    checks = ExpressionChecks()
    assert "undeclared reference to 'variables'" in checks.check("variables.x == 1", "bool", ())
    assert "undefined field 'x'" in checks.check("variables.x == 1", "any", ())
    checks.check("1", "any", ())
    assert "undefined field 'y'" in checks.check("variables.y == 1", "bool", ("x",))
    assert "undeclared reference to 'Object'" in checks.check("Object{}", "any", ())
    assert checks.check("object.x", "string or null", ()) == "must evaluate to one of [string null_type] but got dyn"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("authorizer.path(' ').check('get').allowed()", "path must not be empty"),
        ("authorizer.group('').resource('').check('get').allowed()", "resource must not be empty"),
        ("authorizer.serviceAccount('n', 'A').path('/').check('get').allowed()", "Invalid service account name"),
        ("authorizer.serviceAccount('a.b', 'a').path('/').check('get').allowed()", "Invalid service account namespace"),
        ("request.subResource == ''", "no such key: subResource"),
        ("request.userInfo.uid == ''", "no such key: uid"),
    ],
)
def test_what_cannot_be_asked(expression: str, said: str) -> None:
    request = AdmissionRequest(operation=Operation.CREATE, resource="pods", kind="Pod", obj=Pod(), user=User("me"))
    target = target_of(request)
    found = {"request": request_value(request, target), "authorizer": AuthorizerValue(lambda question: Answer(True))}
    with pytest.raises(EvalError) as refused:
        compile_expression(expression, environment()).evaluate(found)
    assert str(refused.value) == said


async def test_what_is_slow_goes_on_beside_the_loop() -> None:
    threads = []

    def work(time_left: TimeLeft) -> str:
        threads.append(threading.current_thread())
        if len(threads) == 1:
            raise TooSlow
        return "done"

    assert await bounded(work) == "done"
    assert threads[0] is threading.main_thread() and threads[1] is not threads[0]

    def never(time_left: TimeLeft) -> str:
        raise TooSlow

    with pytest.raises(EvalError, match="deadline"):
        await bounded(never)


@pytest.mark.parametrize(
    ("expressions", "matches", "error"),
    [
        (["object.a == 1", "true"], True, ""),
        (["object.a == 2"], False, ""),
        (["object.none", "object.a == 2"], False, ""),
        (["object.none == 1", "true"], False, "expression 'object.none == 1' resulted in error: no such key: none"),
        (["object.a"], False, "compilation error: must evaluate to bool but got dyn"),
    ],
)
async def test_conditions(expressions: list[str], matches: bool, error: str) -> None:
    made = [MatchCondition(name=f"c{index}", expression=each) for index, each in enumerate(expressions)]
    verdict = await Conditions(made, environment()).judge({"object": {"a": 1}})
    assert (verdict.matches, verdict.error) == (matches, error)


def test_checks_know_the_types_of_the_variables_before() -> None:
    checks = ExpressionChecks()
    assert checks.check("1", "any", ()) == ""
    assert checks.check("'x' + string(variables.a)", "any", ("a",)) == ""
    assert "must evaluate to bool but got string" in checks.check("variables.b", "bool", (PARAMS, "a", "b"))
    assert checks.check("variables.a == params.x", "bool", (PARAMS, "a", "b")) == ""
    # Another policy has other variables under the same names.
    assert checks.check("true", "any", ()) == ""
    assert checks.check("variables.a", "bool", ("a",)) == ""


def test_a_variable_called_params_is_one_of_the_policys_own() -> None:
    checks = ExpressionChecks()
    assert checks.check("params.spec.list", "any", (PARAMS,)) == ""
    assert checks.check("variables.params.all(each, each == params.x)", "bool", (PARAMS, "params")) == ""
    assert "undeclared reference to 'params'" in checks.check("params.x == variables.params", "bool", ("params",))


def test_types_of_made_objects_follow_their_path() -> None:
    place = environment(mutating=True)

    def problem(expression: str) -> str:
        return misnamed(compile_expression(expression, place).checked.nodes)

    assert problem("Object{spec: Object.spec{items: [Object.spec.items{a: 1}]}}") == ""
    assert 'expected "Object.spec.items"' in problem("Object{spec: Object.spec{items: [Object.spec.other{}]}}")
    assert compile_expression("jsonpatch.escapeKey('a/b~c')", place).evaluate({}) == "a~1b~0c"


def test_values_as_json() -> None:
    assert as_json({"a": [UInt(1), b"x", Duration(1_500_000_000), None]}) == {"a": [1, "eA==", "1.5s", None]}
    with pytest.raises(EvalError):
        as_json({1: "a"})


async def test_conditions_do_not_see_the_namespace() -> None:
    asked = "namespaceObject.metadata.name == 'default'"
    known = {"object": {}, "namespaceObject": lambda: {"metadata": {"name": "default"}}}
    verdict = await Conditions([MatchCondition(name="c", expression=asked)], environment()).judge(known)
    assert not verdict.matches
    assert verdict.error == f"expression '{asked}' resulted in error: no such key: metadata"
    no_namespace = MatchCondition(name="c", expression="namespaceObject == null")
    assert (await Conditions([no_namespace], environment()).judge(known)).matches

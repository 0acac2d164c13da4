"""Asking the authorizer (Kubernetes' library `authorizer`): checks are built up, then answered by a callback."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any, ClassVar

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import method
from minik8s.machinery.cel.types import BOOL, STRING, Type
from minik8s.machinery.cel.values import Opaque

AUTHORIZER = Type("kubernetes.authorization.Authorizer")
PATH_CHECK = Type("kubernetes.authorization.PathCheck")
GROUP_CHECK = Type("kubernetes.authorization.GroupCheck")
RESOURCE_CHECK = Type("kubernetes.authorization.ResourceCheck")
DECISION = Type("kubernetes.authorization.Decision")
_LABEL = re.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_ACCOUNT = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*")
_LONGEST_LABEL, _LONGEST_NAME = 63, 253


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """What is asked: may `user` (None: who sent the request) do `verb` to a path or a resource."""

    path: str = ""
    verb: str = ""
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    label_selector: str = ""
    field_selector: str = ""
    service_account: tuple[str, str] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the authorizer says; `error` when it failed."""

    allowed: bool
    reason: str = ""
    error: str = ""


Ask = Callable[[Question], Answer]


class _Value(Opaque):
    def __init__(self, ask: Ask, question: Question) -> None:
        self.ask = ask
        self.question = question

    def with_(self, **changes: Any) -> Any:
        """The same check, narrowed."""
        return type(self)(self.ask, dataclasses.replace(self.question, **changes))


class AuthorizerValue(_Value):
    """The variable `authorizer`."""

    CEL_TYPE: ClassVar[str] = AUTHORIZER.name

    def __init__(self, ask: Ask, question: Question = Question()) -> None:  # noqa: B008 - immutable
        super().__init__(ask, question)


class PathCheck(_Value):
    """A check of a path."""

    CEL_TYPE: ClassVar[str] = PATH_CHECK.name


class GroupCheck(_Value):
    """A group, on the way to a resource."""

    CEL_TYPE: ClassVar[str] = GROUP_CHECK.name


class ResourceCheck(_Value):
    """A check of a resource; also the variable `authorizer.requestResource`."""

    CEL_TYPE: ClassVar[str] = RESOURCE_CHECK.name


class Decision(Opaque):
    """An answer."""

    CEL_TYPE: ClassVar[str] = DECISION.name

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def _check(value: Any, verb: Any) -> Decision:
    return Decision(value.ask(dataclasses.replace(value.question, verb=verb)))


def _path(authorizer: Any, path: Any) -> PathCheck:
    if not path.strip():
        raise EvalError("path must not be empty")
    return PathCheck(authorizer.ask, dataclasses.replace(authorizer.question, path=path))


def _resource(group: Any, name: Any) -> ResourceCheck:
    if not name.strip():
        raise EvalError("resource must not be empty")
    return ResourceCheck(group.ask, dataclasses.replace(group.question, resource=name))


def _service_account(authorizer: Any, namespace: Any, name: Any) -> Any:
    if len(name) > _LONGEST_NAME or not _ACCOUNT.fullmatch(name):
        raise EvalError("Invalid service account name")
    if len(namespace) > _LONGEST_LABEL or not _LABEL.fullmatch(namespace):
        raise EvalError("Invalid service account namespace")
    return authorizer.with_(service_account=(namespace, name))


def _narrow(name: str, field: str) -> Function:
    return method(name, (RESOURCE_CHECK, STRING), RESOURCE_CHECK, lambda value, text: value.with_(**{field: text}))


FUNCTIONS = (
    method(
        "path",
        (AUTHORIZER, STRING),
        PATH_CHECK,
        _path,
    ),
    method(
        "group",
        (AUTHORIZER, STRING),
        GROUP_CHECK,
        lambda a, group: GroupCheck(a.ask, dataclasses.replace(a.question, group=group)),
    ),
    method(
        "serviceAccount",
        (AUTHORIZER, STRING, STRING),
        AUTHORIZER,
        _service_account,
    ),
    method(
        "resource",
        (GROUP_CHECK, STRING),
        RESOURCE_CHECK,
        _resource,
    ),
    _narrow("subresource", "subresource"),
    _narrow("namespace", "namespace"),
    _narrow("name", "name"),
    _narrow("fieldSelector", "field_selector"),
    _narrow("labelSelector", "label_selector"),
    Function(
        "check",
        (Overload((RESOURCE_CHECK, STRING), DECISION, True), Overload((PATH_CHECK, STRING), DECISION, True)),
        _check,
        lambda *values: 350_000,
    ),
    method("allowed", (DECISION,), BOOL, lambda decision: decision.answer.allowed),
    method("reason", (DECISION,), STRING, lambda decision: decision.answer.reason),
    method("error", (DECISION,), STRING, lambda decision: decision.answer.error),
    method("errored", (DECISION,), BOOL, lambda decision: bool(decision.answer.error)),
)

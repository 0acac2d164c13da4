"""The variables of admission expressions and their types, and whether an expression is fit for its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from minik8s.machinery.admission.made_objects import FUNCTIONS, MadeTypes
from minik8s.machinery.cel import CompileError, Environment, Program, compile_expression
from minik8s.machinery.cel.library.authorizer import AUTHORIZER, RESOURCE_CHECK
from minik8s.machinery.cel.literals import InstantiationError
from minik8s.machinery.cel.types import BOOL, DYN, INT, NULL, STRING, TIMESTAMP, ObjectType, Type, list_of, map_of

VARIABLES = "kubernetes.variables"
_STRINGS = list_of(STRING)
_TEXTS = map_of(STRING, STRING)
_KIND = ObjectType("kubernetes.GroupVersionKind", dict.fromkeys(("group", "version", "kind"), STRING))
_RESOURCE = ObjectType("kubernetes.GroupVersionResource", dict.fromkeys(("group", "version", "resource"), STRING))
_USER = ObjectType(
    "kubernetes.UserInfo",
    {"username": STRING, "uid": STRING, "groups": _STRINGS, "extra": map_of(STRING, _STRINGS)},
)
_REQUEST = ObjectType(
    "kubernetes.AdmissionRequest",
    {
        "kind": _KIND.type,
        "resource": _RESOURCE.type,
        "subResource": STRING,
        "requestKind": _KIND.type,
        "requestResource": _RESOURCE.type,
        "requestSubResource": STRING,
        "name": STRING,
        "namespace": STRING,
        "operation": STRING,
        "userInfo": _USER.type,
        "dryRun": BOOL,
        "options": DYN,
    },
)
_METADATA = ObjectType(
    "kubernetes.NamespaceMetadata",
    {
        "name": STRING,
        "generateName": STRING,
        "namespace": STRING,
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "UID": STRING,
        "creationTimestamp": TIMESTAMP,
        "deletionGracePeriodSeconds": INT,
        "deletionTimestamp": TIMESTAMP,
        "generation": INT,
        "resourceVersion": STRING,
        "finalizers": _STRINGS,
    },
)
_CONDITION = ObjectType(
    "kubernetes.NamespaceCondition",
    {"status": STRING, "type": STRING, "lastTransitionTime": TIMESTAMP, "message": STRING, "reason": STRING},
)
_SPEC = ObjectType("kubernetes.NamespaceSpec", {"finalizers": _STRINGS})
_STATUS = ObjectType("kubernetes.NamespaceStatus", {"conditions": list_of(_CONDITION.type), "phase": STRING})
_NAMESPACE = ObjectType(
    "kubernetes.Namespace", {"metadata": _METADATA.type, "status": _STATUS.type, "spec": _SPEC.type}
)
_TYPES = {
    each.name: each for each in (_KIND, _RESOURCE, _USER, _REQUEST, _METADATA, _CONDITION, _SPEC, _STATUS, _NAMESPACE)
}
_COMMON: dict[str, Type] = {
    "object": DYN,
    "oldObject": DYN,
    "request": _REQUEST.type,
    "namespaceObject": _NAMESPACE.type,
    "authorizer": AUTHORIZER,
    "authorizer.requestResource": RESOURCE_CHECK,
}
_WANTED: dict[str, tuple[Type, ...]] = {
    "bool": (BOOL,),
    "string": (STRING,),
    "string or null": (STRING, NULL),
    "Object": (Type("Object"),),
    "list(JSONPatch)": (list_of(Type("JSONPatch")),),
    "any": (),
}


def environment(
    *,
    params: bool = False,
    authorizer: bool = True,
    mutating: bool = False,
    variables: Mapping[str, Type] | None = None,
    types: Mapping[str, Type] | None = None,
    objects: Iterable[ObjectType] = (),
) -> Environment:
    """What an expression may use.

    `params` where the policy has parameters, `authorizer` where questions may be asked, `mutating` where objects and
    patches may be made; `variables` are the policy's own, None where none may be used; `types` stands in for the types
    of object, oldObject and params, which are made of `objects`.
    """
    known = {name: found for name, found in _COMMON.items() if authorizer or not name.startswith("authorizer")}
    if params:
        known["params"] = DYN
    known.update(types or {})
    made = dict(_TYPES)
    made.update((each.name, each) for each in objects)
    if variables is not None:
        holder = ObjectType(VARIABLES, dict(variables))
        made[VARIABLES] = holder
        known["variables"] = holder.type
    if mutating:
        return Environment(known, MadeTypes(made), FUNCTIONS)
    return Environment(known, made)


def checked(expression: str, place: Environment, wanted: str) -> Program:
    """Compile an expression whose value must be of a kind ("bool", "string" …). Raises CompileError, TypeMismatch."""
    allowed = _WANTED[wanted]
    try:
        program = compile_expression(expression, place)
    except InstantiationError as error:
        # That it is of another type is told first.
        if allowed and error.type not in allowed:
            raise TypeMismatch(allowed, error.type) from None
        raise
    if allowed and program.type not in allowed:
        raise TypeMismatch(allowed, program.type)
    return program


class TypeMismatch(Exception):
    """An expression's value is of another type than its place needs."""

    def __init__(self, allowed: tuple[Type, ...], found: Type) -> None:
        names = [str(each) if each.parameters else each.name for each in allowed]
        wanted = names[0] if len(names) == 1 else f"one of [{' '.join(names)}]"
        super().__init__(f"must evaluate to {wanted} but got {found if found.parameters else found.name}")


def problem(expression: str, place: Environment, wanted: str) -> str:
    """What is wrong with an expression as errors tell it, "" for nothing."""
    try:
        checked(expression, place, wanted)
    except CompileError as error:
        return f"{error.stage}: {error}"
    except TypeMismatch as error:
        return str(error)
    return ""

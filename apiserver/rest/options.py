"""What the query of a request says about how to carry it out, checked as Kubernetes checks it."""

from __future__ import annotations

from typing import Any, NamedTuple

from apiserver.auth.errors import StatusError, bad_request
from apiserver.call import Call
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_manager
from apiserver.request_info import is_true
from minik8s.machinery import field_errors

IGNORE, WARN, STRICT = "Ignore", "Warn", "Strict"
_MANAGER_MAX = 128


class WriteOptions(NamedTuple):
    """Options of a write: `validation` is one of this module's constants, `manager` who will own the fields."""

    dry_run: bool = False
    manager: str = ""
    validation: str = WARN
    force: bool | None = None


_PLAIN = WriteOptions()
_KNOWN = ("dryRun", "fieldManager", "fieldValidation", "force")


def write_options(call: Call, kind: str, *, apply: bool = False) -> WriteOptions:
    """The options of a create, update or patch; `kind` names them (`CreateOptions`). Raises StatusError (422)."""
    query = call.query
    if not apply and not any(name in query for name in _KNOWN):
        return _PLAIN
    errors = Errors()
    force = is_true(query["force"]) if "force" in query else None
    manager = query.get("fieldManager", "")
    if kind == "PatchOptions":
        if apply and not manager:
            errors.required("fieldManager", "is required for apply patch")
        if not apply and force is not None:
            errors.forbidden("force", "may not be specified for non-apply patch")
    validate_manager(manager, "fieldManager", errors)
    dry_run = check_dry_run(call.query_values.get("dryRun", []), errors)
    validation = query.get("fieldValidation", "")
    if validation not in ("", IGNORE, WARN, STRICT):
        errors.not_supported("fieldValidation", validation, ("", IGNORE, STRICT, WARN))
    if errors:
        raise invalid_options(kind, errors)
    return WriteOptions(dry_run, manager, validation or WARN, force)


def admission_options(call: Call, kind: str) -> dict[str, Any]:
    """The options of a write as webhooks and policies are told them; a patch has those of what comes of it."""
    found: dict[str, Any] = {"kind": kind, "apiVersion": "meta.k8s.io/v1"}
    query = call.query
    if not query:
        return found
    if call.query_values.get("dryRun"):
        found["dryRun"] = call.query_values["dryRun"]
    for name in ("fieldManager", "fieldValidation"):
        if query.get(name):
            found[name] = query[name]
    return found


def check_dry_run(values: list[str], errors: Errors) -> bool:
    """Whether a request is only tried."""
    if any(value != "All" for value in values):
        errors.not_supported("dryRun", values, ("All",))
    return bool(values)


def invalid_options(kind: str, errors: Errors) -> StatusError:
    """422 of options."""
    return StatusError(field_errors.to_status(kind, "", errors, "meta.k8s.io"))


def manager_of(call: Call, given: str) -> str:
    """Who owns what a request writes: the manager it names, or the program that sent it."""
    if given:
        return given
    agent = call.header(b"user-agent").partition("/")[0].encode("latin-1").decode("utf-8", "replace")
    return "".join(character for character in agent if character.isprintable())[:_MANAGER_MAX]


def integer(call: Call, name: str) -> int | None:
    """A number of the query, None without one. Raises StatusError (400)."""
    text = call.query.get(name, "")
    if not text:
        return None
    try:
        number = int(text) if text.lstrip("+-").isascii() and text.lstrip("+-").isdecimal() else None
    except ValueError:
        number = None
    if number is None:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if not -(2**63) <= number < 2**63:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": value out of range')
    return number

"""Roles, certificates, admission, flow control and what extends the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiserver.tables.printer import Printer, columns
from apiserver.tables.text import NONE, UNSET, age, duration


def _binding(obj: Any, now: datetime) -> list[Any]:
    users, groups, accounts = [], [], []
    for each in obj.subjects:
        if each.kind == "User":
            users.append(each.name)
        elif each.kind == "Group":
            groups.append(each.name)
        elif each.kind == "ServiceAccount":
            accounts.append(f"{each.namespace}/{each.name}")
    role = f"{obj.role_ref.kind}/{obj.role_ref.name}"
    lists = [", ".join(users), ", ".join(groups), ", ".join(accounts)]
    return [obj.metadata.name, role, age(obj, now), *lists]


def _request(obj: Any, now: datetime) -> list[Any]:
    found = {each.type for each in obj.status.conditions}
    state = next((kind for kind in ("Denied", "Approved") if kind in found), "Pending")
    if "Failed" in found:
        state += ",Failed"
    if obj.status.certificate:
        state += ",Issued"
    seconds = obj.spec.expiration_seconds
    wanted = NONE if seconds is None else duration(seconds)
    signer = obj.spec.signer_name or NONE
    return [obj.metadata.name, age(obj, now), signer, obj.spec.username, wanted, state]


def _webhooks(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, len(obj.webhooks), age(obj, now)]


def _kind(spec: Any) -> str:
    kind = spec.param_kind
    return UNSET if kind is None else f"{kind.api_version}/{kind.kind}"


def _validating(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, len(obj.spec.validations), _kind(obj.spec), age(obj, now)]


def _mutating(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, len(obj.spec.mutations), _kind(obj.spec), age(obj, now)]


def _policy_binding(obj: Any, now: datetime) -> list[Any]:
    ref, text = obj.spec.param_ref, UNSET
    if ref is not None:
        text = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
    return [obj.metadata.name, obj.spec.policy_name, text, age(obj, now)]


def _flow_schema(obj: Any, now: datetime) -> list[Any]:
    spec = obj.spec
    method = spec.distinguisher_method.type if spec.distinguisher_method is not None else NONE
    dangling = next((each.status for each in obj.status.conditions if each.type == "Dangling"), "?")
    level = spec.priority_level_configuration.name
    return [obj.metadata.name, level, spec.matching_precedence, method, age(obj, now), dangling]


def _level(obj: Any, now: datetime) -> list[Any]:
    shares: Any = NONE
    queues: list[Any] = [NONE, NONE, NONE]
    limited = obj.spec.limited
    if limited is not None:
        shares = limited.nominal_concurrency_shares
        queuing = limited.limit_response.queuing
        if queuing is not None:
            queues = [queuing.queues, queuing.hand_size, queuing.queue_length_limit]
    return [obj.metadata.name, obj.spec.type, shares, *queues, age(obj, now)]


def _api_service(obj: Any, now: datetime) -> list[Any]:
    service = obj.spec.service
    where = f"{service.namespace}/{service.name}" if service is not None else "Local"
    available = "Unknown"
    for each in obj.status.conditions:
        if each.type == "Available":
            available = each.status if each.status == "True" else f"{each.status} ({each.reason})"
    return [obj.metadata.name, where, available, age(obj, now)]


_BINDING = Printer(columns("Name", "Role", "Age", wide="Users,Groups,ServiceAccounts"), _binding)
_WEBHOOKS = Printer(columns("Name", "Webhooks:integer", "Age"), _webhooks)
_POLICY_BINDING = Printer(columns("Name", "PolicyName", "ParamRef", "Age"), _policy_binding)
PRINTERS = {
    "apiservices": Printer(columns("Name", "Service", "Available", "Age"), _api_service),
    "certificatesigningrequests": Printer(
        columns("Name", "Age", "SignerName", "Requestor", "RequestedDuration", "Condition"), _request
    ),
    "clusterrolebindings": _BINDING,
    "flowschemas": Printer(
        columns("Name", "PriorityLevel", "MatchingPrecedence", "DistinguisherMethod", "Age", "MissingPL"), _flow_schema
    ),
    "mutatingadmissionpolicies": Printer(columns("Name", "Mutations:integer", "ParamKind", "Age"), _mutating),
    "mutatingadmissionpolicybindings": _POLICY_BINDING,
    "mutatingwebhookconfigurations": _WEBHOOKS,
    "prioritylevelconfigurations": Printer(
        columns("Name", "Type", "NominalConcurrencyShares", "Queues", "HandSize", "QueueLengthLimit", "Age"), _level
    ),
    "rolebindings": _BINDING,
    "validatingadmissionpolicies": Printer(columns("Name", "Validations:integer", "ParamKind", "Age"), _validating),
    "validatingadmissionpolicybindings": _POLICY_BINDING,
    "validatingwebhookconfigurations": _WEBHOOKS,
}

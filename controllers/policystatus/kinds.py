"""The kinds that a policy's rules name, with their fields: from the model, or as the API server describes them."""

from __future__ import annotations

import msgspec

from minik8s.api.admissionregistration_v1 import ValidatingAdmissionPolicy
from minik8s.api.scheme import resource_for_kind, resource_for_plural, type_of
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError
from minik8s.machinery.admission.model_types import model_types
from minik8s.machinery.admission.schema_types import schema_types
from minik8s.machinery.admission.type_check import Known

_MOST = 10


class _Resource(msgspec.Struct):
    name: str = ""
    kind: str = ""


class _Resources(msgspec.Struct):
    resources: list[_Resource] = []


def named_resources(policy: ValidatingAdmissionPolicy) -> list[tuple[str, str, str]]:
    """(group, version, plural) of what the rules name without wildcards, in order, a handful at most."""
    match = policy.spec.match_constraints
    found: set[tuple[str, str, str]] = set()
    for rule in match.resource_rules if match is not None else ():
        if "*" in (*rule.api_groups, *rule.api_versions):
            continue
        for plural in rule.resources:
            if "*" in plural or "/" in plural:
                continue
            found.update((group, version, plural) for group in rule.api_groups for version in rule.api_versions)
    return sorted(found)[:_MOST]


class Kinds:
    """Finds kinds; what the API server describes is asked anew for each policy."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def of(self, policy: ValidatingAdmissionPolicy) -> list[Known]:
        """Those that the policy judges, as far as anything is known of them."""
        found = []
        for group, version, plural in named_resources(policy):
            described = resource_for_plural(_group_version(group, version), plural)
            kind = described.kind if described is not None else await self._kind(group, version, plural)
            known = await self._known(group, version, kind) if kind else None
            if known is not None:
                found.append(known)
        return found

    async def params(self, policy: ValidatingAdmissionPolicy) -> Known | None:
        """The kind of the policy's parameters."""
        kind = policy.spec.param_kind
        if kind is None:
            return None
        group, _, version = kind.api_version.rpartition("/")
        return await self._known(group, version, kind.kind)

    async def _kind(self, group: str, version: str, plural: str) -> str:
        document = await self._get(f"/apis/{group}/{version}")
        try:
            listed = msgspec.json.decode(document or b"{}", type=_Resources).resources
        except msgspec.MsgspecError:
            return ""
        return next((each.kind for each in listed if each.name == plural), "")

    async def _known(self, group: str, version: str, kind: str) -> Known | None:
        told = f"{group}/{version}, Kind={kind}"
        described = resource_for_kind(_group_version(group, version), kind)
        if described is not None:
            return Known(told, *model_types(type_of(described)))
        document = await self._get(f"/openapi/v3/apis/{group}/{version}")
        try:
            found = schema_types(msgspec.json.decode(document or b"{}", type=dict), group, version, kind)
        except msgspec.MsgspecError:
            return None
        return None if found is None else Known(told, *found)

    async def _get(self, path: str) -> bytes | None:
        try:
            return (await self._client.request("GET", path)).body
        except ApiError:
            return None


def _group_version(group: str, version: str) -> str:
    return f"{group}/{version}" if group else version

"""Claims: administrators' access by the namespace's label, and who may write which part of a status."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.admission.order import build_chain
from apiserver.admission.plugins.claim_access import ADMIN_LABEL, ClaimAccess
from apiserver.auth.bootstrap.notation import rules
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import User
from minik8s.api.core_v1 import Namespace, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from minik8s.api.meta_v1 import ObjectMeta
from minik8s.api.rbac_v1 import ClusterRole, ClusterRoleBinding, RoleRef, Subject
from minik8s.api.resource_v1 import (
    AllocatedDeviceStatus,
    AllocationResult,
    DeviceAllocationResult,
    DeviceClaim,
    DeviceRequest,
    DeviceRequestAllocationResult,
    ExactDeviceRequest,
    ResourceClaim,
    ResourceClaimConsumerReference,
    ResourceClaimSpec,
    ResourceClaimStatus,
    ResourceClaimTemplate,
    ResourceClaimTemplateSpec,
)

META = ObjectMeta(name="c", namespace="ns")
DRIVER = User("system:serviceaccount:ns:driver", extra={"authentication.kubernetes.io/node-name": ("n",)})


def _allow(objects: Any, line: str, name: str) -> None:
    objects.put(ClusterRole(metadata=ObjectMeta(name="r"), rules=rules((line,))))
    subject = Subject(kind="User", name=name)
    objects.put(
        ClusterRoleBinding(
            metadata=ObjectMeta(name="b"), role_ref=RoleRef(kind="ClusterRole", name="r"), subjects=[subject]
        )
    )


def _claim(allocated: bool = False, state: str = "", node: str = "", admin: bool = False) -> ResourceClaim:
    status = ResourceClaimStatus()
    if allocated:
        result = DeviceRequestAllocationResult(
            request="r", driver="d.io", pool="p", device="x", admin_access=admin or None
        )
        status.allocation = AllocationResult(devices=DeviceAllocationResult(results=[result]))
        if node:
            field = NodeSelectorRequirement(key="metadata.name", operator="In", values=[node])
            term = NodeSelectorTerm(match_fields=[field])
            status.allocation.node_selector = NodeSelector(node_selector_terms=[term])
    if state:
        status.devices = [AllocatedDeviceStatus(driver="d.io", pool="p", device=state)]
    return ResourceClaim(metadata=META, status=status)


async def _faults(context: Any, request: Any) -> list[str]:
    try:
        await ClaimAccess(context).validate(request)
    except StatusError as error:
        assert error.code == 422 and error.status.details is not None
        return [f"{cause.field}: {cause.message}" for cause in error.status.details.causes]
    return []


@pytest.mark.parametrize("template", [False, True])
async def test_administrators_access_takes_a_labelled_namespace(context, write, objects, template: bool) -> None:
    asked = DeviceRequest(name="r", exactly=ExactDeviceRequest(device_class_name="d", admin_access=True))
    spec = ResourceClaimSpec(devices=DeviceClaim(requests=[DeviceRequest(name="a"), asked]))
    obj = ResourceClaim(metadata=META, spec=spec)
    if template:
        obj = ResourceClaimTemplate(metadata=META, spec=ResourceClaimTemplateSpec(spec=spec))
    (fault,) = await _faults(context, write(obj))
    assert fault == (
        "spec.devices.requests[1].adminAccess: Forbidden: admin access to devices requires the "
        "`resource.kubernetes.io/admin-access: true` label on the containing namespace"
    )
    objects.put(Namespace(metadata=ObjectMeta(name="ns", labels={ADMIN_LABEL: "true"})))
    assert not await _faults(context, write(obj))
    asked.exactly.admin_access = False
    objects.put(Namespace(metadata=ObjectMeta(name="ns")))
    assert not await _faults(context, write(obj))


async def test_access_that_was_granted_stays(context, write, objects) -> None:
    _allow(objects, "patch resource.k8s.io: resourceclaims/binding", "alice")
    new = _claim(allocated=True, admin=True)
    (fault,) = await _faults(context, write(new, _claim(), subresource="status", verb="patch"))
    assert fault.startswith("status.allocation.devices.results[0].adminAccess: Forbidden")
    assert not await _faults(context, write(new, new, subresource="status", verb="patch"))


async def test_giving_out_devices_takes_the_right_to_bind_everywhere(context, write, objects) -> None:
    request = write(_claim(allocated=True), _claim(), subresource="status", verb="patch")
    (fault,) = await _faults(context, request)
    assert fault == (
        "status.allocation: Forbidden: changing status.allocation or status.reservedFor requires "
        'resource="resourceclaims/binding", verb="patch" permission: resourceclaims.resource.k8s.io is forbidden: '
        'User "alice" cannot patch resource "resourceclaims/binding" in API group "resource.k8s.io" '
        "at the cluster scope"
    )
    _allow(objects, "patch resource.k8s.io: resourceclaims/binding", "alice")
    assert not await _faults(context, request)
    reserved = _claim(allocated=True)
    reserved.status.reserved_for = [ResourceClaimConsumerReference(resource="pods", name="p", uid="u")]
    again = write(reserved, _claim(allocated=True), subresource="status", verb="update")
    assert 'verb="update" permission' in (await _faults(context, again))[0]


async def test_what_is_said_of_devices_takes_the_right_for_their_driver(context, write, objects) -> None:
    old, new = _claim(allocated=True, node="n"), _claim(allocated=True, state="x", node="n")
    (fault,) = await _faults(context, write(new, old, subresource="status", verb="patch"))
    assert 'status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver"' in fault
    assert 'verb="[arbitrary-node:patch]" permission: resourceclaims.resource.k8s.io "d.io" is forbidden' in fault
    assert fault.endswith('in the namespace "ns"')
    on_node = write(new, old, subresource="status", verb="patch", user=DRIVER)
    assert 'verb="[associated-node:patch arbitrary-node:patch]"' in (await _faults(context, on_node))[0]
    _allow(objects, "associated-node:patch resource.k8s.io: resourceclaims/driver", DRIVER.name)
    assert not await _faults(context, on_node)
    elsewhere = _claim(allocated=True, state="x", node="other")
    away = write(elsewhere, _claim(allocated=True, node="other"), subresource="status", verb="patch", user=DRIVER)
    assert len(await _faults(context, away)) == 1
    # Taking it back says something of the device too; nothing at all does not.
    assert len(await _faults(context, write(old, new, subresource="status"))) == 1
    assert not await _faults(context, write(new, new, subresource="status"))


def test_no_flag_turns_it_off(context) -> None:
    chain = build_chain(context, disable=["ResourceQuota"])
    assert any(plugin.name == "ResourceClaimAccess" for plugin in chain.plugins)

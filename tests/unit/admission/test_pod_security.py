from __future__ import annotations

import pytest

from apiserver.admission.plugins.pod_security import PodSecurity
from apiserver.admission.pod_security.evaluate import evaluate, told
from apiserver.admission.pod_security.levels import LevelVersion, Policy, policy_of
from apiserver.auth.errors import StatusError
from minik8s.api import core_v1 as v1
from minik8s.api.apps_v1 import Deployment, DeploymentSpec
from minik8s.api.meta_v1 import ObjectMeta, OwnerReference

BASELINE = LevelVersion("baseline")
RESTRICTED = LevelVersion("restricted")

SAFE = v1.SecurityContext(
    allow_privilege_escalation=False,
    run_as_non_root=True,
    capabilities=v1.Capabilities(drop=["ALL"]),
    seccomp_profile=v1.SeccompProfile(type="RuntimeDefault"),
)


def spec(context: v1.SecurityContext | None = None, name: str = "c", **more) -> v1.PodSpec:
    return v1.PodSpec(containers=[v1.Container(name=name, image="app:1", security_context=context)], **more)


def pod(the_spec: v1.PodSpec, name: str = "x") -> v1.Pod:
    return v1.Pod(metadata=ObjectMeta(name=name, namespace="ns"), spec=the_spec)


def namespace(objects, name: str = "ns", **labels: str) -> v1.Namespace:
    found = {f"pod-security.kubernetes.io/{key.replace('_', '-')}": value for key, value in labels.items()}
    return objects.put(v1.Namespace(metadata=ObjectMeta(name=name, labels=found)))


@pytest.mark.parametrize(
    ("level", "the_spec", "expected"),
    [
        (BASELINE, spec(), ""),
        (RESTRICTED, spec(SAFE), ""),
        (BASELINE, spec(host_pid=True, host_ipc=True), "host namespaces (hostPID=true, hostIPC=true)"),
        (
            BASELINE,
            spec(v1.SecurityContext(capabilities=v1.Capabilities(add=["SYS_ADMIN", "CHOWN", "NET_RAW"]))),
            'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
        (
            BASELINE,
            v1.PodSpec(
                containers=[
                    v1.Container(name="a", ports=[v1.ContainerPort(host_port=80)]),
                    v1.Container(name="b", ports=[v1.ContainerPort(host_port=443)]),
                ]
            ),
            'hostPort (containers "a", "b" use hostPorts 443, 80)',
        ),
        (
            BASELINE,
            spec(security_context=v1.PodSecurityContext(sysctls=[v1.Sysctl(name="kernel.msgmax")])),
            "forbidden sysctls (kernel.msgmax)",
        ),
        (
            BASELINE,
            spec(
                v1.SecurityContext(se_linux_options=v1.SELinuxOptions(type="spc_t", user="u")),
                security_context=v1.PodSecurityContext(se_linux_options=v1.SELinuxOptions(role="r")),
            ),
            'seLinuxOptions (pod and container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; '
            "user may not be set; role may not be set)",
        ),
        (
            BASELINE,
            spec(security_context=v1.PodSecurityContext(seccomp_profile=v1.SeccompProfile(type="Unconfined"))),
            'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            BASELINE,
            spec(v1.SecurityContext(app_armor_profile=v1.AppArmorProfile(type="Unconfined"))),
            'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
        ),
        (BASELINE, spec(v1.SecurityContext(proc_mount="Unmasked"), host_users=False), ""),
        (
            BASELINE,
            spec(v1.SecurityContext(proc_mount="Unmasked")),
            'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
        ),
        (
            RESTRICTED,
            spec(SAFE, volumes=[v1.Volume(name="n", nfs=v1.NFSVolumeSource(server="s", path="/"))]),
            'restricted volume types (volume "n" uses restricted volume type "nfs")',
        ),
        (
            RESTRICTED,
            spec(SAFE, volumes=[v1.Volume(name="h", host_path=v1.HostPathVolumeSource(path="/"))]),
            'restricted volume types (volume "h" uses restricted volume type "hostPath")',
        ),
        (
            RESTRICTED,
            spec(SAFE, security_context=v1.PodSecurityContext(run_as_user=0)),
            "runAsUser=0 (pod must not set runAsUser=0)",
        ),
    ],
)
def test_what_levels_forbid(level, the_spec, expected):
    assert told(evaluate(level, ObjectMeta(), the_spec)) == expected


def test_versions():
    sysctl = spec(security_context=v1.PodSecurityContext(sysctls=[v1.Sysctl(name="net.ipv4.tcp_rmem")]))
    assert evaluate(LevelVersion("baseline", "v1.31"), ObjectMeta(), sysctl)
    assert not evaluate(LevelVersion("baseline", "v1.32"), ObjectMeta(), sysctl)
    probe = v1.Container(name="c", liveness_probe=v1.Probe(tcp_socket=v1.TCPSocketAction(host="10.0.0.1", port=1)))
    assert not evaluate(LevelVersion("baseline", "v1.33"), ObjectMeta(), v1.PodSpec(containers=[probe]))
    found = evaluate(BASELINE, ObjectMeta(), v1.PodSpec(containers=[probe]))
    assert str(found[0]) == 'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")'


def test_policy_labels():
    policy, problems = policy_of({"pod-security.kubernetes.io/enforce": "baseline"}, Policy())
    assert (policy.enforce, policy.warn, policy.audit) == (BASELINE, BASELINE, LevelVersion())
    assert problems == []
    policy, problems = policy_of(
        {"pod-security.kubernetes.io/enforce": "x", "pod-security.kubernetes.io/warn-version": "1.2"}, Policy()
    )
    assert policy.enforce == RESTRICTED
    assert [problem.message for problem in problems] == [
        'Invalid value: "x": must be one of privileged, baseline, restricted',
        'Invalid value: "1.2": must be "latest" or "v1.x"',
    ]


async def test_enforced(context, write, objects):
    namespace(objects, enforce="baseline")
    bad = spec(
        v1.SecurityContext(privileged=True),
        host_network=True,
        volumes=[v1.Volume(name="h", host_path=v1.HostPathVolumeSource(path="/"))],
    )
    with pytest.raises(StatusError) as caught:
        await PodSecurity(context).validate(write(pod(bad)))
    assert caught.value.status.message == (
        'pods "x" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), '
        'hostPath volumes (volume "h"), privileged (container "c" must not set securityContext.privileged=true)'
    )
    namespace(objects, enforce="restricted")
    with pytest.raises(StatusError) as caught:
        await PodSecurity(context).validate(write(pod(spec())))
    assert caught.value.status.message == (
        'pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
        '(container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities '
        '(container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container '
        '"c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set '
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
    )


async def test_warned_and_noted(context, write, objects):
    namespace(objects, warn="baseline", audit="baseline")
    request = write(pod(spec(host_network=True)))
    await PodSecurity(context).validate(request)
    message = 'would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
    assert request.warnings == [message]
    assert request.annotations["pod-security.kubernetes.io/audit-violations"] == message
    assert request.annotations["pod-security.kubernetes.io/enforce-policy"] == "privileged:latest"


async def test_controllers_are_warned_not_refused(context, write, objects):
    namespace(objects, enforce="baseline")
    template = v1.PodTemplateSpec(spec=spec(host_network=True))
    deployment = Deployment(metadata=ObjectMeta(name="d", namespace="ns"), spec=DeploymentSpec(template=template))
    request = write(deployment)
    await PodSecurity(context).validate(request)
    assert len(request.warnings) == 1


async def test_updates_that_bring_no_image_pass(context, write, objects):
    namespace(objects, enforce="baseline")
    old = pod(spec(host_network=True))
    await PodSecurity(context).validate(write(old, old))
    new = pod(spec(host_network=True))
    new.spec.containers[0].image = "app:2"
    with pytest.raises(StatusError):
        await PodSecurity(context).validate(write(new, old))


async def test_exemptions(context, write, objects):
    namespace(objects, enforce="restricted")
    bad = pod(spec(runtime_class_name="vm"))
    for exempt in ({"namespaces": ["ns"]}, {"usernames": ["alice"]}, {"runtimeClasses": ["vm"]}):
        await PodSecurity(context, {"exemptions": exempt}).validate(write(bad))
    with pytest.raises(StatusError):
        await PodSecurity(context, {"defaults": {"enforce": "baseline"}}).validate(write(bad))


async def test_namespaces(context, write, objects):
    plugin = PodSecurity(context)
    old = namespace(objects)
    new = v1.Namespace(metadata=ObjectMeta(name="ns", labels={"pod-security.kubernetes.io/enforce": "nonsense"}))
    with pytest.raises(StatusError) as caught:
        await plugin.validate(write(new, old))
    assert caught.value.code == 422
    owner = [OwnerReference(kind="ReplicaSet", name="r", uid="1", controller=True)]
    for name, owners in (("b", owner), ("a", owner), ("c", [])):
        stored = pod(spec(host_network=True), name)
        stored.metadata.owner_references = owners
        objects.put(stored)
    new.metadata.labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    request = write(new, old)
    await plugin.validate(request)
    assert request.warnings == [
        'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
        "a (and 2 other pods): host namespaces",
    ]

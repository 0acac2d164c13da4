"""Kinds and types of API group version `apps/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1, meta_v1
from minik8s.api.fields import F, Int32, Int64, IntOrString, MaybeJSON, NoneType, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class ControllerRevision(Object):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ControllerRevision"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "ControllerRevision")
    data: Annotated[MaybeJSON, F(2)] = None
    revision: Annotated[Int64, F(3, required=True)] = always(int)


class ControllerRevisionList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ControllerRevisionList"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "ControllerRevisionList")
    items: Annotated[list[ControllerRevision], F(2, required=True)] = always(list)


class DaemonSetUpdateStrategy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DaemonSetUpdateStrategy"
    type: Annotated[str, F(1, enum=("OnDelete", "RollingUpdate",))] = ""
    rolling_update: Annotated[RollingUpdateDaemonSet | None, F(2)] = None


class DaemonSetSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DaemonSetSpec"
    selector: Annotated[meta_v1.LabelSelector | None, F(1, required=True)] = always(NoneType)
    template: Annotated[core_v1.PodTemplateSpec, F(2, required=True)] = always(core_v1.PodTemplateSpec)
    update_strategy: Annotated[DaemonSetUpdateStrategy, F(3)] = always(DaemonSetUpdateStrategy)
    min_ready_seconds: Annotated[Int32, F(4)] = 0
    revision_history_limit: Annotated[Int32 | None, F(6)] = None


class DaemonSetStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DaemonSetStatus"
    current_number_scheduled: Annotated[Int32, F(1, required=True)] = always(int)
    number_misscheduled: Annotated[Int32, F(2, required=True)] = always(int)
    desired_number_scheduled: Annotated[Int32, F(3, required=True)] = always(int)
    number_ready: Annotated[Int32, F(4, required=True)] = always(int)
    observed_generation: Annotated[Int64, F(5)] = 0
    updated_number_scheduled: Annotated[Int32, F(6)] = 0
    number_available: Annotated[Int32, F(7)] = 0
    number_unavailable: Annotated[Int32, F(8)] = 0
    collision_count: Annotated[Int32 | None, F(9)] = None
    conditions: Annotated[list[DaemonSetCondition], F(10, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class DaemonSet(Object):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DaemonSet"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "DaemonSet")
    spec: Annotated[DaemonSetSpec, F(2)] = always(DaemonSetSpec)
    status: Annotated[DaemonSetStatus, F(3)] = always(DaemonSetStatus)


class DaemonSetCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DaemonSetCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class DaemonSetList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DaemonSetList"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "DaemonSetList")
    items: Annotated[list[DaemonSet], F(2, required=True)] = always(list)


class DeploymentStrategy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DeploymentStrategy"
    type: Annotated[str, F(1, enum=("Recreate", "RollingUpdate",))] = ""
    rolling_update: Annotated[RollingUpdateDeployment | None, F(2)] = None


class DeploymentSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DeploymentSpec"
    replicas: Annotated[Int32 | None, F(1)] = None
    selector: Annotated[meta_v1.LabelSelector | None, F(2, required=True)] = always(NoneType)
    template: Annotated[core_v1.PodTemplateSpec, F(3, required=True)] = always(core_v1.PodTemplateSpec)
    strategy: Annotated[DeploymentStrategy, F(4, patch="retainKeys")] = always(DeploymentStrategy)
    min_ready_seconds: Annotated[Int32, F(5)] = 0
    revision_history_limit: Annotated[Int32 | None, F(6)] = None
    paused: Annotated[bool, F(7)] = False
    progress_deadline_seconds: Annotated[Int32 | None, F(9)] = None


class DeploymentStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DeploymentStatus"
    observed_generation: Annotated[Int64, F(1)] = 0
    replicas: Annotated[Int32, F(2)] = 0
    updated_replicas: Annotated[Int32, F(3)] = 0
    available_replicas: Annotated[Int32, F(4)] = 0
    unavailable_replicas: Annotated[Int32, F(5)] = 0
    conditions: Annotated[list[DeploymentCondition], F(6, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    ready_replicas: Annotated[Int32, F(7)] = 0
    collision_count: Annotated[Int32 | None, F(8)] = None
    terminating_replicas: Annotated[Int32 | None, F(9)] = None


class Deployment(Object):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.Deployment"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "Deployment")
    spec: Annotated[DeploymentSpec, F(2)] = always(DeploymentSpec)
    status: Annotated[DeploymentStatus, F(3)] = always(DeploymentStatus)


class DeploymentCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DeploymentCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""
    last_update_time: Annotated[Time | None, F(6)] = always(NoneType)
    last_transition_time: Annotated[Time | None, F(7)] = always(NoneType)


class DeploymentList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.DeploymentList"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "DeploymentList")
    items: Annotated[list[Deployment], F(2, required=True)] = always(list)


class ReplicaSetSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ReplicaSetSpec"
    replicas: Annotated[Int32 | None, F(1)] = None
    selector: Annotated[meta_v1.LabelSelector | None, F(2, required=True)] = always(NoneType)
    template: Annotated[core_v1.PodTemplateSpec, F(3)] = always(core_v1.PodTemplateSpec)
    min_ready_seconds: Annotated[Int32, F(4)] = 0


class ReplicaSetStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ReplicaSetStatus"
    replicas: Annotated[Int32, F(1, required=True)] = always(int)
    fully_labeled_replicas: Annotated[Int32, F(2)] = 0
    observed_generation: Annotated[Int64, F(3)] = 0
    ready_replicas: Annotated[Int32, F(4)] = 0
    available_replicas: Annotated[Int32, F(5)] = 0
    conditions: Annotated[list[ReplicaSetCondition], F(6, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    terminating_replicas: Annotated[Int32 | None, F(7)] = None


class ReplicaSet(Object):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ReplicaSet"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "ReplicaSet")
    spec: Annotated[ReplicaSetSpec, F(2)] = always(ReplicaSetSpec)
    status: Annotated[ReplicaSetStatus, F(3)] = always(ReplicaSetStatus)


class ReplicaSetCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ReplicaSetCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class ReplicaSetList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.ReplicaSetList"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "ReplicaSetList")
    items: Annotated[list[ReplicaSet], F(2, required=True)] = always(list)


class RollingUpdateDaemonSet(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.RollingUpdateDaemonSet"
    max_unavailable: Annotated[IntOrString | None, F(1)] = None
    max_surge: Annotated[IntOrString | None, F(2)] = None


class RollingUpdateDeployment(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.RollingUpdateDeployment"
    max_unavailable: Annotated[IntOrString | None, F(1)] = None
    max_surge: Annotated[IntOrString | None, F(2)] = None


class RollingUpdateStatefulSetStrategy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.RollingUpdateStatefulSetStrategy"
    partition: Annotated[Int32 | None, F(1)] = None
    max_unavailable: Annotated[IntOrString | None, F(2)] = None


class StatefulSetUpdateStrategy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetUpdateStrategy"
    type: Annotated[str, F(1, enum=("OnDelete", "RollingUpdate",))] = ""
    rolling_update: Annotated[RollingUpdateStatefulSetStrategy | None, F(2)] = None


class StatefulSetSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetSpec"
    replicas: Annotated[Int32 | None, F(1)] = None
    selector: Annotated[meta_v1.LabelSelector | None, F(2, required=True)] = always(NoneType)
    template: Annotated[core_v1.PodTemplateSpec, F(3, required=True)] = always(core_v1.PodTemplateSpec)
    volume_claim_templates: Annotated[list[core_v1.PersistentVolumeClaim], F(4, list_type="atomic")] = []
    service_name: Annotated[str, F(5, default="")] = always(str)
    pod_management_policy: Annotated[str, F(6, enum=("OrderedReady", "Parallel",))] = ""
    update_strategy: Annotated[StatefulSetUpdateStrategy, F(7)] = always(StatefulSetUpdateStrategy)
    revision_history_limit: Annotated[Int32 | None, F(8)] = None
    min_ready_seconds: Annotated[Int32, F(9)] = 0
    persistent_volume_claim_retention_policy: Annotated[StatefulSetPersistentVolumeClaimRetentionPolicy | None, F(10)] = None
    ordinals: Annotated[StatefulSetOrdinals | None, F(11)] = None


class StatefulSetStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetStatus"
    observed_generation: Annotated[Int64, F(1)] = 0
    replicas: Annotated[Int32, F(2, required=True)] = always(int)
    ready_replicas: Annotated[Int32, F(3)] = 0
    current_replicas: Annotated[Int32, F(4)] = 0
    updated_replicas: Annotated[Int32, F(5)] = 0
    current_revision: Annotated[str, F(6)] = ""
    update_revision: Annotated[str, F(7)] = ""
    collision_count: Annotated[Int32 | None, F(9)] = None
    conditions: Annotated[list[StatefulSetCondition], F(10, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    available_replicas: Annotated[Int32, F(11, default=0)] = always(int)


class StatefulSet(Object):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSet"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "StatefulSet")
    spec: Annotated[StatefulSetSpec, F(2)] = always(StatefulSetSpec)
    status: Annotated[StatefulSetStatus, F(3)] = always(StatefulSetStatus)


class StatefulSetCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class StatefulSetList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetList"
    api_version: str = always(lambda: "apps/v1")
    kind: str = always(lambda: "StatefulSetList")
    items: Annotated[list[StatefulSet], F(2, required=True)] = always(list)


class StatefulSetOrdinals(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetOrdinals"
    start: Annotated[Int32, F(1, default=0)] = always(int)


class StatefulSetPersistentVolumeClaimRetentionPolicy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy"
    when_deleted: Annotated[str, F(1)] = ""
    when_scaled: Annotated[str, F(2)] = ""

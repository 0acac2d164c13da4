"""Core v1 affinity."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, Int32, Struct, always


class Affinity(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Affinity"
    node_affinity: Annotated[NodeAffinity | None, F(1)] = None
    pod_affinity: Annotated[PodAffinity | None, F(2)] = None
    pod_anti_affinity: Annotated[PodAntiAffinity | None, F(3)] = None


class NodeAffinity(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeAffinity"
    required_during_scheduling_ignored_during_execution: Annotated[NodeSelector | None, F(1)] = None
    preferred_during_scheduling_ignored_during_execution: Annotated[list[PreferredSchedulingTerm], F(2, list_type="atomic")] = []


class NodeSelector(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeSelector"
    node_selector_terms: Annotated[list[NodeSelectorTerm], F(1, required=True, list_type="atomic")] = always(list)


class NodeSelectorRequirement(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeSelectorRequirement"
    key: Annotated[str, F(1, required=True)] = always(str)
    operator: Annotated[str, F(2, required=True, enum=("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn",))] = always(str)
    values: Annotated[list[str], F(3, list_type="atomic")] = []


class NodeSelectorTerm(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeSelectorTerm"
    match_expressions: Annotated[list[NodeSelectorRequirement], F(1, list_type="atomic")] = []
    match_fields: Annotated[list[NodeSelectorRequirement], F(2, list_type="atomic")] = []


class PodAffinity(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodAffinity"
    required_during_scheduling_ignored_during_execution: Annotated[list[PodAffinityTerm], F(1, list_type="atomic")] = []
    preferred_during_scheduling_ignored_during_execution: Annotated[list[WeightedPodAffinityTerm], F(2, list_type="atomic")] = []


class PodAffinityTerm(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodAffinityTerm"
    label_selector: Annotated[meta_v1.LabelSelector | None, F(1)] = None
    namespaces: Annotated[list[str], F(2, list_type="atomic")] = []
    topology_key: Annotated[str, F(3, required=True)] = always(str)
    namespace_selector: Annotated[meta_v1.LabelSelector | None, F(4)] = None
    match_label_keys: Annotated[list[str], F(5, list_type="atomic")] = []
    mismatch_label_keys: Annotated[list[str], F(6, list_type="atomic")] = []


class PodAntiAffinity(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodAntiAffinity"
    required_during_scheduling_ignored_during_execution: Annotated[list[PodAffinityTerm], F(1, list_type="atomic")] = []
    preferred_during_scheduling_ignored_during_execution: Annotated[list[WeightedPodAffinityTerm], F(2, list_type="atomic")] = []


class PreferredSchedulingTerm(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PreferredSchedulingTerm"
    weight: Annotated[Int32, F(1, required=True)] = always(int)
    preference: Annotated[NodeSelectorTerm, F(2, required=True)] = always(NodeSelectorTerm)


class TopologySelectorLabelRequirement(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.TopologySelectorLabelRequirement"
    key: Annotated[str, F(1, required=True)] = always(str)
    values: Annotated[list[str], F(2, required=True, list_type="atomic")] = always(list)


class TopologySelectorTerm(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.TopologySelectorTerm"
    match_label_expressions: Annotated[list[TopologySelectorLabelRequirement], F(1, list_type="atomic")] = []


class TopologySpreadConstraint(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.TopologySpreadConstraint"
    max_skew: Annotated[Int32, F(1, required=True)] = always(int)
    topology_key: Annotated[str, F(2, required=True)] = always(str)
    when_unsatisfiable: Annotated[str, F(3, required=True, enum=("DoNotSchedule", "ScheduleAnyway",))] = always(str)
    label_selector: Annotated[meta_v1.LabelSelector | None, F(4)] = None
    min_domains: Annotated[Int32 | None, F(5)] = None
    node_affinity_policy: Annotated[str | None, F(6, enum=("Honor", "Ignore",))] = None
    node_taints_policy: Annotated[str | None, F(7, enum=("Honor", "Ignore",))] = None
    match_label_keys: Annotated[list[str], F(8, list_type="atomic")] = []


class WeightedPodAffinityTerm(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.WeightedPodAffinityTerm"
    weight: Annotated[Int32, F(1, required=True)] = always(int)
    pod_affinity_term: Annotated[PodAffinityTerm, F(2, required=True)] = always(PodAffinityTerm)

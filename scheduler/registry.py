"""The plugins there are: kube-scheduler's own, in their default order with their weights, and third parties'."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from scheduler.plugin import ENTRY_POINTS, Factory
from scheduler.plugins.balanced_allocation import BalancedAllocation
from scheduler.plugins.default_binder import DefaultBinder
from scheduler.plugins.default_preemption import DefaultPreemption
from scheduler.plugins.dynamic_resources import DynamicResources
from scheduler.plugins.fit import Fit
from scheduler.plugins.image_locality import ImageLocality
from scheduler.plugins.inter_pod_affinity import InterPodAffinity
from scheduler.plugins.node_affinity import NodeAffinity, read_added
from scheduler.plugins.node_name import NodeName
from scheduler.plugins.node_ports import NodePorts
from scheduler.plugins.node_unschedulable import NodeUnschedulable
from scheduler.plugins.priority_sort import PrioritySort
from scheduler.plugins.scheduling_gates import SchedulingGates
from scheduler.plugins.taint_toleration import TaintToleration
from scheduler.plugins.topology_spread import TopologySpread
from scheduler.plugins.volume_binding import VolumeBinding
from scheduler.plugins.volume_limits import VolumeLimits
from scheduler.plugins.volume_restrictions import VolumeRestrictions
from scheduler.plugins.volume_zone import VolumeZone

BUILT_IN: dict[str, Factory] = {
    "SchedulingGates": lambda args, handle: SchedulingGates(),
    "PrioritySort": lambda args, handle: PrioritySort(),
    "NodeUnschedulable": lambda args, handle: NodeUnschedulable(handle.cluster),
    "NodeName": lambda args, handle: NodeName(handle.cluster),
    "TaintToleration": lambda args, handle: TaintToleration(handle.cluster),
    "NodeAffinity": lambda args, handle: NodeAffinity(handle.cluster, read_added(args.get("addedAffinity"))),
    "NodePorts": lambda args, handle: NodePorts(handle.cluster),
    "NodeResourcesFit": lambda args, handle: Fit(handle.cluster, args, handle.ignored_resources),
    "VolumeRestrictions": lambda args, handle: VolumeRestrictions(handle),
    "NodeVolumeLimits": lambda args, handle: VolumeLimits(handle),
    "VolumeBinding": lambda args, handle: VolumeBinding(handle, args),
    "VolumeZone": lambda args, handle: VolumeZone(handle),
    "PodTopologySpread": lambda args, handle: TopologySpread(handle.cluster, handle.listers, args),
    "InterPodAffinity": lambda args, handle: InterPodAffinity(handle.cluster, args),
    "DynamicResources": lambda args, handle: DynamicResources(handle),
    "DefaultPreemption": lambda args, handle: DefaultPreemption(handle, args),
    "NodeResourcesBalancedAllocation": lambda args, handle: BalancedAllocation(handle.cluster, args),
    "ImageLocality": lambda args, handle: ImageLocality(handle.cluster),
    "DefaultBinder": lambda args, handle: DefaultBinder(handle),
}
DEFAULT: tuple[tuple[str, int], ...] = (
    ("SchedulingGates", 0),
    ("PrioritySort", 0),
    ("NodeUnschedulable", 0),
    ("NodeName", 0),
    ("TaintToleration", 3),
    ("NodeAffinity", 2),
    ("NodePorts", 0),
    ("NodeResourcesFit", 1),
    ("VolumeRestrictions", 0),
    ("NodeVolumeLimits", 0),
    ("VolumeBinding", 0),
    ("VolumeZone", 0),
    ("PodTopologySpread", 2),
    ("InterPodAffinity", 2),
    ("DynamicResources", 0),
    ("DefaultPreemption", 0),
    ("NodeResourcesBalancedAllocation", 1),
    ("ImageLocality", 1),
    ("DefaultBinder", 0),
)
"""Plugins of a profile that says nothing else, in order, with the weights of their scores (0: 1)."""


@cache
def third_party() -> dict[str, Callable[[], Factory]]:
    """What installed packages offer through the entry point group `minik8s.scheduler.plugins`; imported when used."""
    return {point.name: point.load for point in entry_points(group=ENTRY_POINTS)}


def factory(name: str) -> Factory | None:
    """The factory of a plugin, or None if nothing of that name is installed. Raises ValueError."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    load = third_party().get(name)
    if load is None:
        return None
    try:
        return load()
    except (ImportError, AttributeError) as error:
        raise ValueError(f'plugin "{name}" cannot be loaded: {error}') from None

"""What the types of `minik8s.api.core_v1.affinity` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "Affinity": (
        "All the rules of a Pod about nodes and neighbours.",
        {
            "nodeAffinity": "Which nodes the Pod needs or prefers, by their labels.",
            "podAffinity": "Next to which Pods this one needs or prefers to be.",
            "podAntiAffinity": "Away from which Pods this one needs or prefers to be.",
        },
    ),
    "NodeAffinity": (
        "Which nodes a Pod needs or prefers, by labels.",
        {
            "requiredDuringSchedulingIgnoredDuringExecution": "What a node must fulfil to get the Pod; labels that change later do not move it.",
            "preferredDuringSchedulingIgnoredDuringExecution": "Wishes with weights; the node with the greatest sum of those it fulfils is preferred.",
        },
    ),
    "NodeSelector": (
        "A choice of nodes: those that match at least one of its terms.",
        {
            "nodeSelectorTerms": "Alternatives, at least one; a node need match only one of them.",
        },
    ),
    "NodeSelectorRequirement": (
        "One condition on a label or field of a node.",
        {
            "key": "The label, or the field, that is looked at.",
            "operator": "How it is compared: In, NotIn, Exists, DoesNotExist, Gt or Lt.",
            "values": "Values for In and NotIn, a single whole number for Gt and Lt, none for the others.",
        },
    ),
    "NodeSelectorTerm": (
        "Conditions that must all hold for a node; an empty term matches no node.",
        {
            "matchExpressions": "Conditions on labels of the node; all must hold.",
            "matchFields": "Conditions on fields of the node; only metadata.name is known.",
        },
    ),
    "PodAffinity": (
        "Next to which other Pods a Pod needs or prefers to be.",
        {
            "requiredDuringSchedulingIgnoredDuringExecution": "Rules that must all hold for the node; later changes do not move the Pod.",
            "preferredDuringSchedulingIgnoredDuringExecution": "Wishes with weights; nodes are ranked by the sum of those they fulfil.",
        },
    ),
    "PodAffinityTerm": (
        "A set of Pods, and what it means to be in the same place as they are.",
        {
            "labelSelector": "Labels of the Pods in question; null matches no Pod.",
            "namespaces": "Namespaces to look in, besides those of namespaceSelector; the Pod's own when both are unset.",
            "topologyKey": "Label of nodes whose equal values make the same place, such as kubernetes.io/hostname; not empty.",
            "namespaceSelector": "Labels of namespaces to look in; an empty selector takes all of them, null none.",
            "matchLabelKeys": "Labels whose value on the new Pod narrows labelSelector to Pods with the same value.",
            "mismatchLabelKeys": "Labels whose value on the new Pod narrows labelSelector to Pods with another value.",
        },
    ),
    "PodAntiAffinity": (
        "Away from which other Pods a Pod needs or prefers to be.",
        {
            "requiredDuringSchedulingIgnoredDuringExecution": "Rules of which none may be violated by the node; later changes do not move the Pod.",
            "preferredDuringSchedulingIgnoredDuringExecution": "Wishes with weights; nodes that go against them rank lower.",
        },
    ),
    "PreferredSchedulingTerm": (
        "A wish about nodes, and how much it counts.",
        {
            "weight": "How much it counts when a node matches, from 1 to 100.",
            "preference": "What a node should fulfil; an empty term matches no node.",
        },
    ),
    "TopologySelectorLabelRequirement": (
        "One condition on a label that tells where a node is.",
        {
            "key": "The label of nodes that the condition is about.",
            "values": "Values of which the label must have one.",
        },
    ),
    "TopologySelectorTerm": (
        "Conditions on topology labels, all of which must hold.",
        {
            "matchLabelExpressions": "The conditions, each about one label; all must hold.",
        },
    ),
    "TopologySpreadConstraint": (
        "How evenly Pods are to be spread over domains such as zones or nodes.",
        {
            "maxSkew": "Largest allowed difference between a domain's matching Pods and the fewest in any; at least 1.",
            "topologyKey": "Label of nodes whose values are the domains, such as topology.kubernetes.io/zone.",
            "whenUnsatisfiable": "DoNotSchedule leaves the Pod pending if the rule cannot hold, ScheduleAnyway only ranks nodes by it.",
            "labelSelector": "Labels of the Pods that are counted; null counts none.",
            "minDomains": "Domains there must be at least, else the fewest counts as 0; only with DoNotSchedule. Unset is as 1.",
            "nodeAffinityPolicy": "Whether nodes the Pod's affinity and nodeSelector rule out count: Honor (the default) leaves them out, Ignore counts them.",
            "nodeTaintsPolicy": "Whether nodes with taints the Pod does not tolerate count: Honor leaves them out, Ignore (the default) counts them.",
            "matchLabelKeys": "Labels whose value on the new Pod narrows labelSelector to Pods with the same value.",
        },
    ),
    "WeightedPodAffinityTerm": (
        "A wish about neighbours, and how much it counts.",
        {
            "weight": "How much it counts when fulfilled, from 1 to 100.",
            "podAffinityTerm": "The Pods and the place that the wish is about.",
        },
    ),
}

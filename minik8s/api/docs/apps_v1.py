"""What the types of `minik8s.api.apps_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ControllerRevision": (
        "A fixed snapshot of a controller's template, kept so that rollouts can be followed and undone.",
        {
            "data": "The snapshot itself, whose form its controller decides. Immutable.",
            "revision": "Number of the snapshot; later ones have higher numbers.",
        },
    ),
    "DaemonSetUpdateStrategy": (
        "How Pods of a DaemonSet are replaced when its template changes.",
        {
            "type": "RollingUpdate (the default) replaces Pods by itself, OnDelete waits until they are deleted by somebody.",
            "rollingUpdate": "Pace of a rolling update; only with type RollingUpdate.",
        },
    ),
    "DaemonSetSpec": (
        "Which Pod is to run on every node, and how it is replaced.",
        {
            "selector": "Labels of the Pods that belong to it; they must fit the template's. Immutable.",
            "template": "What the Pods look like; the restart policy must be Always.",
            "updateStrategy": "How Pods are replaced when the template changes; a rolling update by default.",
            "minReadySeconds": "Seconds a Pod must be ready without a crash to count as available; 0 by default.",
            "revisionHistoryLimit": "How many old revisions are kept to go back to; 10 by default.",
        },
    ),
    "DaemonSetStatus": (
        "On how many nodes the Pods of a DaemonSet are and should be.",
        {
            "currentNumberScheduled": "Nodes that run at least one of its Pods and should.",
            "numberMisscheduled": "Nodes that run one of its Pods and should not.",
            "desiredNumberScheduled": "Nodes that should run one of its Pods, whether or not they do.",
            "numberReady": "Nodes that should run one of its Pods and have one that is ready.",
            "observedGeneration": "The metadata.generation that this status was made for.",
            "updatedNumberScheduled": "Nodes that run a Pod of the current template.",
            "numberAvailable": "Nodes with a Pod that has been ready for minReadySeconds.",
            "numberUnavailable": "Nodes that should have an available Pod and do not.",
            "collisionCount": "How often a revision's name was taken; makes the next one differ.",
            "conditions": "What was last observed, one of each type.",
        },
    ),
    "DaemonSet": (
        "Runs one Pod on every node, or on every node that its template selects.",
        {
            "spec": "Which Pod is to run on the nodes, and how it is replaced.",
            "status": "On how many nodes it does; written by the system.",
        },
    ),
    "DaemonSetCondition": (
        "One aspect of a DaemonSet's state, with when and why it last changed.",
        {
            "type": "Name of the aspect; none is set by the built-in controller.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "DeploymentStrategy": (
        "How old Pods give way to new ones when the template changes.",
        {
            "type": "RollingUpdate (the default) replaces them gradually, Recreate removes all old ones first.",
            "rollingUpdate": "Pace of a rolling update; only with type RollingUpdate.",
        },
    ),
    "DeploymentSpec": (
        "How many Pods of which form a Deployment keeps, and how they are replaced.",
        {
            "replicas": "How many Pods there should be; 1 by default, 0 is allowed.",
            "selector": "Labels of the Pods that belong to it; they must fit the template's. Immutable.",
            "template": "What the Pods look like; a change starts a rollout. The restart policy must be Always.",
            "strategy": "How old Pods give way to new ones; a rolling update by default.",
            "minReadySeconds": "Seconds a Pod must be ready without a crash to count as available; 0 by default.",
            "revisionHistoryLimit": "How many old ReplicaSets are kept to go back to; 10 by default, 0 forbids undoing.",
            "paused": "Whether changes of the template wait; scaling still works. Default false.",
            "progressDeadlineSeconds": "Seconds without progress after which the rollout is reported as failed; 600 by default.",
        },
    ),
    "DeploymentStatus": (
        "How far a Deployment has got with what its spec asks for.",
        {
            "observedGeneration": "The metadata.generation that this status was made for.",
            "replicas": "How many of its Pods exist that are not ending, old and new.",
            "updatedReplicas": "How many Pods have the current template and are not ending.",
            "availableReplicas": "How many Pods have been ready for minReadySeconds.",
            "unavailableReplicas": "How many Pods are still missing or not available yet.",
            "conditions": "What was last observed: Available, Progressing and ReplicaFailure.",
            "readyReplicas": "How many of its Pods are Ready and not ending.",
            "collisionCount": "How often the name for a new ReplicaSet was taken; makes the next one differ.",
            "terminatingReplicas": "How many Pods are ending but have not gone yet.",
        },
    ),
    "Deployment": (
        "Keeps a number of equal Pods running and replaces them step by step when their template changes.",
        {
            "spec": "How many Pods of which form are wanted, and how they are replaced.",
            "status": "How far it has got; written by the system.",
        },
    ),
    "DeploymentCondition": (
        "One aspect of a Deployment's state, with when and why it last changed.",
        {
            "type": "Name of the aspect: Available, Progressing or ReplicaFailure.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
            "lastUpdateTime": "When the condition was last written, changed or not.",
            "lastTransitionTime": "When status last went from one value to another.",
        },
    ),
    "ReplicaSetSpec": (
        "How many Pods of which form a ReplicaSet keeps.",
        {
            "replicas": "How many Pods there should be; 1 by default, 0 is allowed.",
            "selector": "Labels of the Pods that belong to it; they must fit the template's. Immutable.",
            "template": "What new Pods look like; the restart policy must be Always. Existing Pods are not changed.",
            "minReadySeconds": "Seconds a Pod must be ready without a crash to count as available; 0 by default.",
        },
    ),
    "ReplicaSetStatus": (
        "How many Pods a ReplicaSet has, and in what state.",
        {
            "replicas": "How many of its Pods exist that are not ending.",
            "fullyLabeledReplicas": "How many Pods carry all labels of the template.",
            "observedGeneration": "The metadata.generation that this status was made for.",
            "readyReplicas": "How many of its Pods are Ready and not ending.",
            "availableReplicas": "How many Pods have been ready for minReadySeconds.",
            "conditions": "What was last observed, such as ReplicaFailure.",
            "terminatingReplicas": "How many Pods are ending but have not gone yet.",
        },
    ),
    "ReplicaSet": (
        "Keeps a number of equal Pods running; usually made and managed by a Deployment.",
        {
            "spec": "How many Pods of which form are wanted in all.",
            "status": "How many Pods there are; written by the system.",
        },
    ),
    "ReplicaSetCondition": (
        "One aspect of a ReplicaSet's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as ReplicaFailure.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "RollingUpdateDaemonSet": (
        "Pace of a DaemonSet's rolling update; both bounds cannot be zero.",
        {
            "maxUnavailable": "Nodes that may be without an available Pod meanwhile, as a number or a percentage rounded up; 1 by default.",
            "maxSurge": "Nodes that may run the new Pod beside the old one, as a number or a percentage rounded up; 0 by default.",
        },
    ),
    "RollingUpdateDeployment": (
        "Pace of a Deployment's rolling update; both bounds cannot be zero.",
        {
            "maxUnavailable": "Pods that may be missing meanwhile, as a number or a percentage rounded down; 25% by default.",
            "maxSurge": "Pods there may be beyond replicas meanwhile, as a number or a percentage rounded up; 25% by default.",
        },
    ),
    "RollingUpdateStatefulSetStrategy": (
        "Pace and extent of a StatefulSet's rolling update.",
        {
            "partition": "Only Pods with this ordinal or a higher one are updated; 0, the default, updates all.",
            "maxUnavailable": "Pods that may be unavailable meanwhile, as a number or a percentage rounded up; 1 by default and at least 1.",
        },
    ),
    "StatefulSetUpdateStrategy": (
        "How Pods of a StatefulSet are replaced when its template changes.",
        {
            "type": "RollingUpdate (the default) replaces Pods from the highest ordinal down, OnDelete waits until they are deleted.",
            "rollingUpdate": "Pace and extent of a rolling update; only with type RollingUpdate.",
        },
    ),
    "StatefulSetSpec": (
        "Which Pods with which storage a StatefulSet keeps; only some fields can be changed later.",
        {
            "replicas": "How many Pods there should be; 1 by default, 0 is allowed.",
            "selector": "Labels of the Pods that belong to it; they must fit the template's. Immutable.",
            "template": "What the Pods look like; each is named after the StatefulSet and its ordinal. The restart policy must be Always.",
            "volumeClaimTemplates": "Claims made for each Pod, which it finds again whenever it is replaced; they win over volumes of the same name. Immutable.",
            "serviceName": "Headless Service that gives the Pods their DNS names; it must exist beforehand. Immutable.",
            "podManagementPolicy": "OrderedReady (the default) starts and stops Pods one after another, Parallel all at once. Immutable.",
            "updateStrategy": "How Pods are replaced when the template changes; a rolling update by default.",
            "revisionHistoryLimit": "How many old revisions are kept to go back to; 10 by default.",
            "minReadySeconds": "Seconds a Pod must be ready without a crash to count as available; 0 by default.",
            "persistentVolumeClaimRetentionPolicy": "What becomes of the claims when Pods or the whole set go; they are retained by default.",
            "ordinals": "How the Pods are numbered; from 0 by default.",
        },
    ),
    "StatefulSetStatus": (
        "How many Pods a StatefulSet has, and of which revision.",
        {
            "observedGeneration": "The metadata.generation that this status was made for.",
            "replicas": "How many of its Pods have been made by the controller.",
            "readyReplicas": "How many of its Pods have a condition Ready that is True.",
            "currentReplicas": "How many Pods are of the revision currentRevision.",
            "updatedReplicas": "How many Pods are of the revision updateRevision.",
            "currentRevision": "Revision of the Pods that are not updated yet.",
            "updateRevision": "Revision of the Pods that are updated already.",
            "collisionCount": "How often a revision's name was taken; makes the next one differ.",
            "conditions": "What was last observed, one of each type.",
            "availableReplicas": "How many Pods have been ready for minReadySeconds.",
        },
    ),
    "StatefulSet": (
        "Keeps Pods that each have a lasting name, number and storage of their own.",
        {
            "spec": "Which Pods with which storage are wanted.",
            "status": "How many Pods there are, and of which revision; written by the system.",
        },
    ),
    "StatefulSetCondition": (
        "One aspect of a StatefulSet's state, with when and why it last changed.",
        {
            "type": "Name of the aspect; none is set by the built-in controller.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "StatefulSetOrdinals": (
        "How the Pods of a StatefulSet are numbered in their names.",
        {
            "start": "Number of the first Pod; the last is start + replicas - 1. 0 by default.",
        },
    ),
    "StatefulSetPersistentVolumeClaimRetentionPolicy": (
        "What becomes of claims made from volumeClaimTemplates.",
        {
            "whenDeleted": "When the StatefulSet is deleted: Retain (the default) keeps its claims, Delete removes them.",
            "whenScaled": "When it is scaled down: Retain (the default) keeps claims of Pods that go, Delete removes them.",
        },
    ),
}

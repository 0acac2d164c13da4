"""The two controllers of this folder, as the catalog asks for them."""

from __future__ import annotations

from controllers.options import Options
from controllers.replicaset.controller import ReplicaSetController
from controllers.replicaset.kinds import REPLICA_SET, REPLICATION_CONTROLLER


def replica_set(options: Options) -> ReplicaSetController:
    """The ReplicaSet controller."""
    return ReplicaSetController(REPLICA_SET)


def replication_controller(options: Options) -> ReplicaSetController:
    """The ReplicationController controller."""
    return ReplicaSetController(REPLICATION_CONTROLLER)

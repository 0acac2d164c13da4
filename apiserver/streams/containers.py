"""Which container of a Pod is meant."""

from __future__ import annotations

from apiserver.auth.errors import bad_request
from minik8s.api.core_v1 import Pod


def choose(pod: Pod, asked: str) -> str:
    """The container asked for, or the only one. Raises StatusError (400)."""
    spec, name = pod.spec, pod.metadata.name
    regular = [container.name for container in spec.containers]
    init = [container.name for container in spec.init_containers]
    ephemeral = [container.name for container in spec.ephemeral_containers]
    if asked:
        if asked not in (*regular, *init, *ephemeral):
            raise bad_request(f"container {asked} is not valid for pod {name}")
        return asked
    if len(regular) == 1:
        return regular[0]
    message = f"a container name must be specified for pod {name}"
    if regular:
        message += f", choose one of: [{' '.join(regular)}]"
        if init:
            message += f" or one of the init containers: [{' '.join(init)}]"
        if ephemeral:
            message += f" or one of the ephemeral containers: [{' '.join(ephemeral)}]"
    raise bad_request(message)

"""What a person reads when a machine was initialised or has joined."""

from __future__ import annotations

from cluster.machines.keys import hashes_of
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration, JoinConfiguration
from cluster.machines.places import Places
from cluster.machines.settings import Settings
from cluster.machines.tokens import Token
from cluster.options import ClusterError

JOINED = """
This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.
"""


def join_command(endpoint: str, token: str, ca: bytes) -> str:
    """What is to be run on a machine that joins."""
    hashes = " ".join(f"--discovery-token-ca-cert-hash {found}" for found in hashes_of(ca))
    return f"minik8s join {endpoint} --token {token} {hashes}"


def initialised(settings: Settings, places: Places, token: Token, ca: bytes, hide: bool = False) -> str:
    """The last words of `init`."""
    shown = "<value withheld>" if hide else str(token)
    admin = places.conf("admin")
    command = join_command(settings.endpoint, shown, ca).replace(" --discovery", " \\\n\t--discovery")
    return f"""
Your Kubernetes control-plane has initialized successfully!

To start using your cluster, you need to run the following as a regular user:

  mkdir -p $HOME/.kube
  sudo cp -i {admin} $HOME/.kube/config
  sudo chown $(id -u):$(id -g) $HOME/.kube/config

Alternatively, if you are the root user, you can run:

  export KUBECONFIG={admin}

The Pod network, the Service proxy and cluster DNS run already.

Then you can join any number of worker nodes by running the following on each as root:

{command}"""


def ignored(part: InitConfiguration | JoinConfiguration, cluster: ClusterConfiguration | None = None) -> list[str]:
    """Fields that are given and mean nothing here, each with why. Raises ClusterError for a dry run."""
    lines = []
    if part.skip_phases:
        lines.append("skipPhases is ignored: there are no phases to choose from")
    if part.patches is not None and part.patches.directory:
        lines.append("patches is ignored: the control plane runs as daemons, not as static Pods")
    if part.dry_run:
        raise ClusterError("dryRun is not offered: take it out of the configuration to make the changes")
    if cluster is None:
        return lines
    for name, component in (
        ("apiServer", cluster.api_server),
        ("controllerManager", cluster.controller_manager),
        ("scheduler", cluster.scheduler),
    ):
        if component.extra_volumes:
            lines.append(f"{name}.extraVolumes is ignored: daemons see the machine's own files")
    if cluster.feature_gates:
        lines.append("featureGates is ignored: kubeadm's own gates have no counterpart here")
    if cluster.encryption_algorithm not in ("ECDSA-P256", ""):
        lines.append(f"encryptionAlgorithm {cluster.encryption_algorithm} is ignored: keys are ECDSA-P256")
    return lines

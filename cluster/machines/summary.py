"""What a person reads when a machine was initialised or has joined."""

from __future__ import annotations

from cluster.machines.keys import hashes_of
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration, JoinConfiguration
from cluster.machines.places import Places
from cluster.machines.record import WORKER, Record
from cluster.machines.settings import Settings
from cluster.machines.tokens import Token
from cluster.options import ClusterError

JOINED = """
This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.
"""


_MASTER_JOINED = """
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.{etcd}

To start administering your cluster from this node, you need to run the following as a regular user:

\tmkdir -p $HOME/.kube
\tsudo cp -i {admin} $HOME/.kube/config
\tsudo chown $(id -u):$(id -g) $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.
"""


def joined(record: Record, places: Places) -> str:
    """The last words of `join`."""
    if record.role == WORKER:
        return JOINED
    etcd = "\n* A new etcd member was added to the local/stacked etcd cluster." if record.etcd_data else ""
    return _MASTER_JOINED.format(etcd=etcd, admin=places.conf("admin"))


def check_upload(settings: Settings) -> None:
    """Raises ClusterError where no further machine of the control plane could join."""
    if settings.sqlite or not settings.cluster.control_plane_endpoint:
        raise ClusterError(
            "--upload-certs is for further machines of the control plane: those need --control-plane-endpoint "
            "and etcd (not --store=sqlite)"
        )


def join_command(endpoint: str, token: str, ca: bytes, certificate_key: str = "") -> str:
    """What is to be run on a machine that joins, with a certificate key as one of the control plane."""
    hashes = " ".join(f"--discovery-token-ca-cert-hash {found}" for found in hashes_of(ca))
    further = f" --control-plane --certificate-key {certificate_key}" if certificate_key else ""
    return f"minik8s join {endpoint} --token {token} {hashes}{further}"


def initialised(settings: Settings, places: Places, token: Token, ca: bytes, key: str = "", hide: bool = False) -> str:
    """The last words of `init`."""
    shown = "<value withheld>" if hide else str(token)
    admin = places.conf("admin")
    command = _folded(join_command(settings.endpoint, shown, ca))
    further = _FURTHER.format(command=_folded(join_command(settings.endpoint, shown, ca, key))) if key else ""
    return f"""
Your Kubernetes control-plane has initialized successfully!

To start using your cluster, you need to run the following as a regular user:

  mkdir -p $HOME/.kube
  sudo cp -i {admin} $HOME/.kube/config
  sudo chown $(id -u):$(id -g) $HOME/.kube/config

Alternatively, if you are the root user, you can run:

  export KUBECONFIG={admin}

The Pod network, the Service proxy and cluster DNS run already.
{further}
Then you can join any number of worker nodes by running the following on each as root:

{command}"""


_FURTHER = """
You can now join any number of control-plane nodes running the following command on each as root:

{command}

Please note that the certificate-key gives access to cluster sensitive data, keep it secret!
As a safeguard, uploaded-certs will be deleted in two hours; If necessary, you can use
"minik8s certs upload" to reload certs afterward.
"""


def _folded(command: str) -> str:
    for flag in (" --discovery", " --control-plane"):
        command = command.replace(flag, f" \\\n\t{flag.strip()}")
    return command


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

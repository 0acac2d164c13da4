"""The kubelet's HTTPS server: exec, attach, port-forward, logs, Pods, statistics and metrics of one node."""

from kubelet.server.server import KubeletServer

__all__ = ["KubeletServer"]

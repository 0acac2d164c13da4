"""KubeProxyConfiguration, the part of it that means something here; other fields are accepted and told."""

from __future__ import annotations

import pydantic

KINDS = (("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"),)
MODES = ("nftables", "iptables", "ipvs")
LOCAL_MODES = ("ClusterCIDR", "NodeCIDR")


class IPVS(pydantic.BaseModel):
    """Settings of the ipvs mode."""

    model_config = pydantic.ConfigDict(extra="ignore")
    scheduler: str = "rr"


class ClientConnection(pydantic.BaseModel):
    """How to reach the API server."""

    model_config = pydantic.ConfigDict(extra="ignore")
    kubeconfig: str = ""


class KubeProxyConfiguration(pydantic.BaseModel):
    """The configuration file of `--config`."""

    model_config = pydantic.ConfigDict(extra="ignore")
    mode: str = ""
    clusterCIDR: str = ""  # noqa: N815
    detectLocalMode: str = ""  # noqa: N815
    hostnameOverride: str = ""  # noqa: N815
    healthzBindAddress: str = ""  # noqa: N815
    metricsBindAddress: str = ""  # noqa: N815
    nodePortAddresses: list[str] | None = None  # noqa: N815
    clientConnection: ClientConnection = ClientConnection()  # noqa: N815
    ipvs: IPVS = IPVS()

    @pydantic.field_validator("mode")
    @classmethod
    def _known_mode(cls, mode: str) -> str:
        if mode and mode not in MODES:
            raise ValueError(f"unknown mode {mode!r}: must be one of {', '.join(MODES)}")
        return mode

    @pydantic.field_validator("detectLocalMode")
    @classmethod
    def _known_local_mode(cls, mode: str) -> str:
        if mode and mode not in LOCAL_MODES:
            raise ValueError(f"unknown detectLocalMode {mode!r}: must be one of {', '.join(LOCAL_MODES)}")
        return mode

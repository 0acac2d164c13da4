"""The ranges of which Services are served."""

from __future__ import annotations

import dataclasses
import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RangeError(ValueError):
    """A range that cannot be used; the text names the flag."""


@dataclasses.dataclass(frozen=True, slots=True)
class ServiceSettings:
    """`networks` of which cluster addresses are (one, or one of each family), and the first and last node port."""

    networks: tuple[Network, ...] = (ipaddress.ip_network("10.96.0.0/12"),)
    first_port: int = 30000
    last_port: int = 32767


def parse(cluster_ip_range: str, node_port_range: str) -> ServiceSettings:
    """The settings that --service-cluster-ip-range and --service-node-port-range say. Raises RangeError."""
    settings = ServiceSettings()
    if cluster_ip_range:
        try:
            networks = tuple(ipaddress.ip_network(part.strip()) for part in cluster_ip_range.split(","))
        except ValueError as error:
            raise RangeError(f"--service-cluster-ip-range: {error}") from None
        if len(networks) > 2 or len({network.version for network in networks}) != len(networks):
            raise RangeError("--service-cluster-ip-range: at most one range of each family can be given")
        for network in networks:
            if network.num_addresses < 8:
                raise RangeError(f"--service-cluster-ip-range: {network} must hold at least 8 addresses")
        settings = dataclasses.replace(settings, networks=networks)
    if node_port_range:
        first, dash, rest = node_port_range.partition("-")
        if not dash:
            first, plus, rest = node_port_range.partition("+")
        try:
            low, high = int(first), int(rest) if dash else int(first) + int(rest)
        except ValueError:
            raise RangeError(
                f"--service-node-port-range: {node_port_range!r} is no range such as 30000-32767"
            ) from None
        if not 0 < low <= high < 65536:
            raise RangeError(f"--service-node-port-range: {node_port_range!r} must lie within 1-65535")
        settings = dataclasses.replace(settings, first_port=low, last_port=high)
    return settings

"""Addresses and networks (Kubernetes' libraries `ip` and `cidr`)."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any, ClassVar

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, walked
from minik8s.machinery.cel.types import BOOL, INT, STRING, Type
from minik8s.machinery.cel.values import Opaque

IP, CIDR = Type("net.IP"), Type("net.CIDR")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class IPValue(Opaque):
    """An address."""

    CEL_TYPE: ClassVar[str] = "net.IP"

    def __init__(self, address: Address) -> None:
        self.address = address

    def key(self) -> Any:
        """The address."""
        return self.address

    def cel_string(self) -> str:
        """As text."""
        return str(self.address)


class CIDRValue(Opaque):
    """A network; `address` is the one it was written with."""

    CEL_TYPE: ClassVar[str] = "net.CIDR"

    def __init__(self, address: Address, network: Network) -> None:
        self.address = address
        self.network = network

    def key(self) -> Any:
        """Address and prefix."""
        return self.address, self.network.prefixlen

    def cel_string(self) -> str:
        """As text."""
        return f"{self.address}/{self.network.prefixlen}"


@lru_cache(maxsize=1024)
def _address(text: str) -> Address | None:
    if "%" in text or (":" in text and "." in text and text.lower().startswith("::ffff:")):
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _network(text: str) -> CIDRValue | None:
    host, slash, length = text.partition("/")
    address = _address(host)
    if not slash or address is None or not re.fullmatch(r"0|[1-9]\d{0,2}", length):
        return None
    try:
        return CIDRValue(address, ipaddress.ip_network(text, strict=False))
    except ValueError:
        return None


def _ip(value: Any) -> IPValue:
    if isinstance(value, CIDRValue):
        return IPValue(value.address)
    found = _address(value) if isinstance(value, str) else None
    if found is None:
        if isinstance(value, str) and (why := _unwanted(value)):
            raise EvalError(why)
        raise EvalError(
            f"IP Address {_go(value)} parse error during conversion from string: ParseAddr({_go(value)}): "
            "unable to parse IP"
        )
    return IPValue(found)


def _unwanted(text: str) -> str:
    """Why an address that is one is not taken."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if "%" in text:
        return f"IP address {_go(text)} with zone value is not allowed"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return f"IPv4-mapped IPv6 address {_go(text)} is not allowed"
    return ""


def _cidr(value: Any) -> CIDRValue:
    found = _network(value) if isinstance(value, str) else None
    if found is None:
        text = "network address parse error during conversion from string: "
        missing = ": no '/'" if isinstance(value, str) and "/" not in value else ""
        raise EvalError(f"{text}{text}netip.ParsePrefix({_go(value)}){missing}")
    return found


def _go(value: Any) -> str:
    return f'"{value}"'


def _canonical(text: Any) -> bool:
    return bool(str(_ip(text).address) == text)


def _contains_ip(network: Any, value: Any) -> bool:
    other = value.address if isinstance(value, IPValue) else _address(value)
    if other is None:
        raise EvalError("no such overload")
    return bool(other in network.network)


def _contains_cidr(network: Any, value: Any) -> bool:
    other = value if isinstance(value, CIDRValue) else _cidr(value)
    if other.network.version != network.network.version:
        return False
    return bool(other.network.subnet_of(network.network))


def _is_link_local_multicast(value: Any) -> bool:
    address = value.address
    if address.version == 4:
        return bool(address in ipaddress.ip_network("224.0.0.0/24"))
    return bool(address.is_multicast and int(address) >> 112 & 0xF == 2)


def _is_global(value: Any) -> bool:
    address = value.address
    return not (
        address.is_unspecified
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
        or str(address) == "255.255.255.255"
    )


FUNCTIONS = (
    Function("ip", (Overload((STRING,), IP), Overload((CIDR,), IP, True)), _ip, walked),
    Function("isIP", (Overload((STRING,), BOOL),), lambda text: _address(text) is not None, walked),
    function("ip.isCanonical", (STRING,), BOOL, _canonical, walked),
    method("family", (IP,), INT, lambda value: value.address.version),
    method("isUnspecified", (IP,), BOOL, lambda value: value.address.is_unspecified),
    method("isLoopback", (IP,), BOOL, lambda value: value.address.is_loopback),
    method("isLinkLocalMulticast", (IP,), BOOL, _is_link_local_multicast),
    method("isLinkLocalUnicast", (IP,), BOOL, lambda value: value.address.is_link_local),
    method("isGlobalUnicast", (IP,), BOOL, _is_global),
    function("cidr", (STRING,), CIDR, _cidr, walked),
    function("isCIDR", (STRING,), BOOL, lambda text: _network(text) is not None, walked),
    Function(
        "containsIP", (Overload((CIDR, IP), BOOL, True), Overload((CIDR, STRING), BOOL, True)), _contains_ip, walked
    ),
    Function(
        "containsCIDR",
        (Overload((CIDR, CIDR), BOOL, True), Overload((CIDR, STRING), BOOL, True)),
        _contains_cidr,
        walked,
    ),
    method("masked", (CIDR,), CIDR, lambda value: CIDRValue(value.network.network_address, value.network)),
    method("prefixLength", (CIDR,), INT, lambda value: value.network.prefixlen),
)

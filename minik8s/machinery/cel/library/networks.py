"""Addresses and networks (Kubernetes' libraries `ip` and `cidr`)."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any, ClassVar

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.declare import function, method, need, walked
from minik8s.machinery.cel.types import BOOL, INT, STRING, Type
from minik8s.machinery.cel.values import Opaque

_LAST_FIELD, _LARGEST_FIELD, _LONGEST_FIELD = 3, 255, 20
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
    found = _address(need(value, str))
    if found is None:
        if why := _unwanted(value):
            raise EvalError(why)
        raise EvalError(f"IP Address {_go(value)} parse error during conversion from string: {_address_problem(value)}")
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
        raise EvalError(text + (_unwanted_network(value) or f"{text}{_network_problem(value)}"))
    return found


def _network_problem(value: Any) -> str:
    host, slash, length = str(value).rpartition("/")
    if not slash:
        why = "no '/'"
    elif _address(host) is None:
        why = _address_problem(host)
    elif not re.fullmatch(r"0|[1-9][0-9]*", length):
        why = f"bad bits after slash: {_go(length)}"
    else:
        why = "prefix length out of range"
    return f"netip.ParsePrefix({_go(value)}): {why}"


def _unwanted_network(value: Any) -> str:
    """Why a network that is one is not taken."""
    host, _, length = str(value).rpartition("/")
    return _unwanted(host).replace(_go(host), _go(value)) if length.isdecimal() else ""


def _address_problem(text: Any) -> str:
    """What is wrong with an address, in the words of Go's netip."""
    why = "unable to parse IP"
    if isinstance(text, str) and "." in text and ":" not in text.partition(".")[0]:
        why = _dotted_problem(text) or why
    return f"ParseAddr({_go(text)}): {why}"


def _dotted_problem(text: str) -> str:
    fields = text.split(".")
    at = 0
    for number, field in enumerate(fields):
        rest = text[at:]
        wrong = next((index for index, each in enumerate(field) if each not in "0123456789"), None)
        if wrong is not None:
            return f"unexpected character (at {_go(text[at + wrong :])})"
        if not field:
            return f"IPv4 field must have at least one digit (at {_go(rest)})"
        if len(field) > 1 and field[0] == "0":
            return "IPv4 field has octet with leading zero"
        if int(field[:_LONGEST_FIELD]) > _LARGEST_FIELD:
            return "IPv4 field has value >255"
        if number > _LAST_FIELD:
            return "IPv4 address too long"
        at += len(field) + 1
    return "IPv4 address too short" if len(fields) <= _LAST_FIELD else ""


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

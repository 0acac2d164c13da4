"""IP addresses and ranges, as strictly as new objects are held to them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache

from apiserver.registry.errors import Errors

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_BAD_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_BAD_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_LEADING_ZEROS = re.compile(r"(?:^|\.)0+(?=[0-9])")


def _without_zeros(value: str) -> str:
    return _LEADING_ZEROS.sub(lambda found: "." if found.group().startswith(".") else "", value)


def _sloppy(value: str) -> Address | None:
    if "%" in value:
        return None
    try:
        if ":" not in value:
            return ipaddress.IPv4Address(_without_zeros(value))
        head, colon, tail = value.rpartition(":")
        return ipaddress.IPv6Address(head + colon + _without_zeros(tail) if "." in tail else value)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def parse_ip(value: str) -> Address | None:
    """An address, leading zeros and IPv4 in IPv6 allowed (an IPv4 address then); None when it is none."""
    found = _sloppy(value)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


@lru_cache(maxsize=4096)
def ip_problems(value: str) -> tuple[str, ...]:
    """What is wrong with an address."""
    found = _sloppy(value)
    if found is None:
        return (_BAD_IP,)
    try:
        strict = ipaddress.ip_address(value)
    except ValueError:
        return ("must not have leading 0s",)
    if isinstance(strict, ipaddress.IPv6Address) and strict.ipv4_mapped is not None:
        return ("must not be an IPv4-mapped IPv6 address",)
    return ()


def check_ip(value: str, path: str, errors: Errors, stored: Collection[str] = ()) -> None:
    """An address; one that was stored before is left alone."""
    if value not in stored:
        errors.invalid_each(path, value, ip_problems(value))


def check_canonical_ip(value: str, path: str, errors: Errors) -> None:
    """An address in its one canonical spelling."""
    found = ip_problems(value)
    if found:
        errors.invalid_each(path, value, found)
        return
    canonical = str(parse_ip(value))
    if canonical != value:
        errors.invalid(path, value, f'must be in canonical form ("{canonical}")')


@lru_cache(maxsize=4096)
def parse_cidr(value: str) -> Network | None:
    """The range a value names (bits beyond the prefix dropped), None when it names none."""
    address, slash, bits = value.partition("/")
    found = _sloppy(address)
    if not slash or found is None or not bits.isascii() or not bits.isdigit() or len(bits) > 3:
        return None
    if int(bits) > found.max_prefixlen:
        return None
    return ipaddress.ip_network(f"{found}/{int(bits)}", strict=False)


@lru_cache(maxsize=4096)
def cidr_problems(value: str) -> tuple[str, ...]:
    """What is wrong with a range."""
    network = parse_cidr(value)
    if network is None:
        return (_BAD_CIDR,)
    address, _, bits = value.partition("/")
    try:
        strict = ipaddress.ip_address(address)
    except ValueError:
        return ("must not have leading 0s in IP or prefix length",)
    if len(bits) > 1 and bits.startswith("0"):
        return ("must not have leading 0s in IP or prefix length",)
    if isinstance(strict, ipaddress.IPv6Address) and strict.ipv4_mapped is not None:
        return ("must not have an IPv4-mapped IPv6 address",)
    if strict != network.network_address:
        return ("must not have bits set beyond the prefix length",)
    return ()


def check_cidr(value: str, path: str, errors: Errors, stored: Collection[str] = ()) -> None:
    """A range; one that was stored before is left alone."""
    if value not in stored:
        errors.invalid_each(path, value, cidr_problems(value))


def check_canonical_cidr(value: str, path: str, errors: Errors) -> None:
    """A range in its one canonical spelling."""
    found = cidr_problems(value)
    if found:
        errors.invalid_each(path, value, found)
        return
    canonical = str(parse_cidr(value))
    if canonical != value:
        errors.invalid(path, value, f'must be in canonical form ("{canonical}")')


def check_interface_address(value: str, path: str, errors: Errors) -> None:
    """An address of an interface with the length of its network's prefix, in its one canonical spelling."""
    network = parse_cidr(value)
    if network is None:
        why = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"
        errors.invalid(path, value, why)
        return
    address = parse_ip(value.partition("/")[0])
    bits = network.prefixlen
    if isinstance(address, ipaddress.IPv4Address) and bits > address.max_prefixlen:
        bits -= 96
    if value != f"{address}/{bits}":
        errors.invalid(path, value, f'must be in canonical form ("{address}/{bits}")')


def check_endpoint_ip(value: str, path: str, errors: Errors) -> None:
    """An address traffic may be sent to."""
    found = parse_ip(value)
    if found is None:
        errors.invalid(path, value, "must be a valid IP address")
        return
    if found.is_unspecified:
        errors.invalid(path, value, f"may not be unspecified ({value})")
    if found.is_loopback:
        errors.invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if found.is_link_local:
        errors.invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if _link_local_multicast(found):
        errors.invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")


def _link_local_multicast(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.IPv4Network("224.0.0.0/24")
    return address.packed[0] == 0xFF and address.packed[1] & 0x0F == 0x02


def is_ipv6(value: str) -> bool:
    """Whether a value is an IPv6 address."""
    return isinstance(parse_ip(value), ipaddress.IPv6Address)


def one_of_each_family(values: list[str]) -> bool:
    """Whether addresses hold both families."""
    return len({is_ipv6(value) for value in values}) == 2


def ip_warnings(value: str, path: str) -> list[str]:
    """What is unusual about an address that is let in."""
    found = parse_ip(value)
    if found is None:
        return []
    if ip_problems(value):
        return [f'{path}: non-standard IP address "{value}" is invalid: use "{found}"']
    if isinstance(found, ipaddress.IPv6Address) and str(found) != value:
        return [f'{path}: IPv6 address "{value}" should be in RFC 5952 canonical format ("{found}")']
    return []


def cidr_warnings(value: str, path: str) -> list[str]:
    """What is unusual about a range that is let in."""
    network = parse_cidr(value)
    if network is None:
        return []
    found = []
    address = _sloppy(value.partition("/")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address != network.network_address:
        found.append(
            f'{path}: CIDR value "{value}" is ambiguous in this context '
            f'(should be "{network}" or "{address}/{network.prefixlen}"?)'
        )
    strict = [problem for problem in cidr_problems(value) if "beyond" not in problem]
    if strict:
        found.append(f'{path}: non-standard CIDR value "{value}" is invalid: use "{network}"')
    if not found and isinstance(network, ipaddress.IPv6Network) and str(network) != value:
        found.append(f'{path}: IPv6 CIDR value "{value}" should be in RFC 5952 canonical format ("{network}")')
    return found

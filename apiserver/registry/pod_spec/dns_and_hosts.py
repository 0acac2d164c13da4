"""Names: host names, DNS configuration, host aliases."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.addresses import check_ip
from apiserver.registry.errors import Errors
from minik8s.api.core_v1 import HostAlias, PodDNSConfig, PodSpec

_MAX_NAMESERVERS = 3
_MAX_SEARCHES = 32
_MAX_SEARCH_CHARACTERS = 2048
_MAX_HOSTNAME = 64
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")


def validate_dns(config: PodDNSConfig | None, policy: str, path: str, errors: Errors) -> None:
    """The resolver's configuration; with policy None there must be one."""
    if policy == "None":
        if config is None:
            errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.nameservers:
            errors.required(f"{path}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
            return
    if config is None:
        return
    if len(config.nameservers) > _MAX_NAMESERVERS:
        errors.invalid(
            f"{path}.nameservers", config.nameservers, f"must not have more than {_MAX_NAMESERVERS} nameservers"
        )
    for index, server in enumerate(config.nameservers):
        check_ip(server, f"{path}.nameservers[{index}]", errors)
    if len(config.searches) > _MAX_SEARCHES:
        errors.invalid(f"{path}.searches", config.searches, f"must not have more than {_MAX_SEARCHES} search paths")
    if len(" ".join(config.searches).encode()) > _MAX_SEARCH_CHARACTERS:
        errors.invalid(
            f"{path}.searches",
            config.searches,
            f"must not have more than {_MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list",
        )
    for index, search in enumerate(config.searches):
        if search != ".":
            search = search.removesuffix(".")
            errors.invalid_each(f"{path}.searches[{index}]", search, formats.dns_subdomain_underscore(search))
    for index, option in enumerate(config.options):
        if not option.name:
            errors.required(f"{path}.options[{index}]", "must not be empty")


def validate_host_aliases(aliases: list[HostAlias], path: str, errors: Errors) -> None:
    """Lines for the hosts file."""
    for index, alias in enumerate(aliases):
        check_ip(alias.ip, f"{path}[{index}].ip", errors)
        for at, name in enumerate(alias.hostnames):
            errors.invalid_each(f"{path}[{index}].hostnames[{at}]", name, formats.dns_subdomain(name))


def validate_hostname_override(spec: PodSpec, path: str, errors: Errors) -> None:
    """A host name that replaces the one derived from the pod."""
    name = spec.hostname_override
    if name is None:
        return
    here = f"{path}.hostnameOverride"
    if spec.set_hostname_as_fqdn:
        errors.forbidden(here, "may not be specified when setHostnameAsFQDN is true")
    if spec.host_network:
        errors.forbidden(here, "may not be specified when hostNetwork is true")
    if len(name.encode()) > _MAX_HOSTNAME:
        errors.too_long(here, _MAX_HOSTNAME)
    errors.invalid_each(here, name, formats.dns_subdomain(name))

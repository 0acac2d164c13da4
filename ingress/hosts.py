"""Hosts of rules: exact ones, and wildcards of one label."""

from __future__ import annotations

from ingress.values import BadValue, dns_name


class BadHost(ValueError):
    """A host that cannot be served."""


def parse_host(text: str) -> str:
    """In lower case; "" for all hosts. Raises BadHost."""
    if not text:
        return ""
    bare = text.removeprefix("*.")
    try:
        return text[: len(text) - len(bare)] + dns_name(bare)
    except BadValue:
        raise BadHost(f"the host {text!r} is no DNS name") from None


def covers(wildcard: str, host: str) -> bool:
    """Whether `*.example.com` means a host: exactly one label stands for the star."""
    return wildcard.startswith("*.") and host.partition(".")[2] == wildcard[2:]

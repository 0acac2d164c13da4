"""The flags about kubelets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from apiserver.streams.kubelets import ADDRESS_TYPES, KubeletSettings
from minik8s.daemon import flags

F = TypeVar("F", bound=Callable[..., Any])


def kubelet_flags(command: F) -> F:
    """`--kubelet-client-certificate` and what belongs to it; the command gets them under their own names."""
    listed = ",".join(ADDRESS_TYPES)
    for option in (
        click.option("--kubelet-client-certificate", default="", help="certificate shown to kubelets"),
        click.option("--kubelet-client-key", default="", help="its key"),
        click.option("--kubelet-certificate-authority", default="", help="who signs kubelets' certificates"),
        flags.strings("--kubelet-preferred-address-types", default=listed, help="which node address to use"),
        flags.duration("--kubelet-timeout", default="5s", help="how long connecting to a kubelet may take"),
    ):
        command = option(command)
    return command


def kubelet_settings(given: dict[str, Any]) -> KubeletSettings:
    """Take the flags of `kubelet_flags` out of a command's parameters."""
    names = ("client_certificate", "client_key", "certificate_authority", "preferred_address_types", "timeout")
    return KubeletSettings(**{name: given.pop(f"kubelet_{name}") for name in names})

"""The flags about aggregated API servers."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from minik8s.daemon import flags

F = TypeVar("F", bound=Callable[..., Any])


@dataclasses.dataclass(frozen=True, slots=True)
class AggregationSettings:
    """--proxy-client-cert-file, --proxy-client-key-file and --enable-aggregator-routing."""

    client_certificate: str = ""
    client_key: str = ""
    to_endpoints: bool = False

    @property
    def certificate(self) -> tuple[str, str] | None:
        """The files of the certificate that this server shows as a front proxy."""
        if not self.client_certificate:
            return None
        return self.client_certificate, self.client_key or self.client_certificate

    def changed(self) -> tuple[int, ...]:
        """When the files were last changed."""
        found = []
        for file in self.certificate or ():
            try:
                found.append(os.stat(file).st_mtime_ns)
            except OSError:
                found.append(-1)
        return tuple(found)


def aggregation_flags(command: F) -> F:
    """The flags of `AggregationSettings`."""
    for option in (
        click.option("--proxy-client-cert-file", default="", help="certificate shown to aggregated API servers"),
        click.option("--proxy-client-key-file", default="", help="its key"),
        flags.flag("--enable-aggregator-routing", help="ask endpoints of Services, not their cluster addresses"),
    ):
        command = option(command)
    return command


def aggregation_settings(given: dict[str, Any]) -> AggregationSettings:
    """Take the flags of `aggregation_flags` out of a command's parameters."""
    return AggregationSettings(
        client_certificate=given.pop("proxy_client_cert_file"),
        client_key=given.pop("proxy_client_key_file"),
        to_endpoints=given.pop("enable_aggregator_routing"),
    )

"""The command line's part that concerns storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from apiserver.storage.keys import DEFAULT_ROOT
from apiserver.storage.setup import StorageSettings
from minik8s.daemon import flags

F = TypeVar("F", bound=Callable[..., Any])


def storage_flags(function: F) -> F:
    """Add the storage options; the command gets them as keyword arguments for `storage_settings`."""
    for option in reversed(
        (
            click.option("--sqlite-path", default="", help="file that holds all objects; made when missing"),
            flags.strings("--etcd-servers", help="URLs of etcd's members, in place of --sqlite-path"),
            click.option("--etcd-cafile", default="", help="CA that etcd's certificates are checked with"),
            click.option("--etcd-certfile", default="", help="client certificate for etcd"),
            click.option("--etcd-keyfile", default="", help="its key"),
            click.option("--etcd-prefix", default=DEFAULT_ROOT, show_default=True, help="prefix of all keys"),
            flags.duration(
                "--etcd-compaction-interval", default="5m0s", help="time between compactions of either store; 0: none"
            ),
            flags.duration("--event-ttl", default="1h0m0s", help="how long events are kept; 0: for ever"),
            click.option("--encryption-provider-config", default="", help="file with an EncryptionConfiguration"),
            flags.flag("--encryption-provider-config-automatic-reload", help="take over that file whenever it changes"),
        )
    ):
        function = option(function)
    return function


def storage_settings(
    sqlite_path: str,
    etcd_servers: tuple[str, ...],
    etcd_cafile: str,
    etcd_certfile: str,
    etcd_keyfile: str,
    etcd_prefix: str,
    etcd_compaction_interval: float,
    event_ttl: float,
    encryption_provider_config: str,
    encryption_provider_config_automatic_reload: bool,
) -> StorageSettings:
    """The settings those options make. Raises click.UsageError."""
    if bool(sqlite_path) == bool(etcd_servers):
        raise click.UsageError(
            "--sqlite-path and --etcd-servers exclude each other"
            if sqlite_path
            else "one of --etcd-servers and --sqlite-path must be given"
        )
    etcd = None
    if etcd_servers:
        from apiserver.storage.etcd.endpoints import EtcdSettings

        etcd = EtcdSettings(etcd_servers, etcd_cafile, etcd_certfile, etcd_keyfile)
    return StorageSettings(
        sqlite_path=sqlite_path,
        etcd=etcd,
        prefix=etcd_prefix,
        compaction_interval=etcd_compaction_interval,
        event_ttl=event_ttl,
        encryption_config=encryption_provider_config,
        encryption_reload=encryption_provider_config_automatic_reload,
    )

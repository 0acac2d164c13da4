"""The flags that say how requests are treated: time limits, fairness, audit, and the ranges of Services."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

import click

from apiserver.audit.log_file import AuditLogError, LogFile
from apiserver.audit.policy import Policy, PolicyError
from apiserver.audit.record import Auditor
from apiserver.chain.browsers import OriginError, check_origins
from apiserver.services.settings import RangeError, ServiceSettings, parse
from minik8s.daemon import flags

F = TypeVar("F", bound=Callable[..., Any])

# kube-apiserver deletes one after the other unless told otherwise; here those under way together share a commit.
COLLECTION_WORKERS = 16

_FLAGS: tuple[Callable[[Any], Any], ...] = (
    flags.duration("--request-timeout", default="1m0s", help="longest a request may take that does not run long"),
    click.option("--min-request-timeout", default=1800, show_default=True, help="seconds a watch lasts at least"),
    flags.flag("--enable-priority-and-fairness", default=True, help="sort requests into levels, and queue fairly"),
    click.option("--max-requests-inflight", default=400, show_default=True, help="reading requests at once; 0: any"),
    click.option("--max-mutating-requests-inflight", default=200, show_default=True, help="writing ones; 0: any"),
    click.option(
        "--delete-collection-workers",
        default=COLLECTION_WORKERS,
        show_default=True,
        help="objects of one collection that are deleted at once",
    ),
    click.option("--audit-policy-file", default="", help="which requests are written down, and how much of them"),
    click.option("--audit-log-path", default="", help="where they are written; - is standard output"),
    click.option("--audit-log-maxage", default=0, help="days that old files are kept; 0: for ever"),
    click.option("--audit-log-maxbackup", default=0, help="old files that are kept; 0: all"),
    click.option("--audit-log-maxsize", default=0, help="megabytes before a new file is begun; 0: 100"),
    flags.flag("--audit-log-compress", help="compress old files"),
    flags.strings("--cors-allowed-origins", help="expressions for sites whose pages may ask"),
    flags.strings("--strict-transport-security-directives", help="what browsers are told of TLS"),
    click.option("--service-cluster-ip-range", default="", help="addresses of Services  [default: 10.96.0.0/12]"),
    click.option("--service-node-port-range", default="", help="node ports of Services  [default: 30000-32767]"),
)
_ACCEPTED = """
    audit-log-batch-buffer-size audit-log-batch-max-size audit-log-batch-max-wait audit-log-batch-throttle-burst
    audit-log-batch-throttle-enable audit-log-batch-throttle-qps audit-log-format audit-log-mode
    audit-log-truncate-enabled audit-log-truncate-max-batch-size audit-log-truncate-max-event-size audit-log-version
""".split()


@dataclasses.dataclass(frozen=True, slots=True)
class RequestSettings:
    """How requests are treated; times are in seconds. `address` and `port` are where others find this server.

    Where `address` is "" the server does not list itself as an endpoint of the Service `kubernetes`.
    """

    timeout: float = 60.0
    watch_seconds: int = 1800
    fairness: bool = True
    reading: int = 400
    mutating: int = 200
    collection_workers: int = COLLECTION_WORKERS
    audit_policy: str = ""
    audit_log: str = ""
    audit_max_age: int = 0
    audit_max_backups: int = 0
    audit_max_size: int = 0
    audit_compress: bool = False
    origins: tuple[str, ...] = ()
    transport_security: tuple[str, ...] = ()
    services: ServiceSettings = dataclasses.field(default_factory=ServiceSettings)
    address: str = ""
    port: int = 6443


def request_flags(command: F) -> F:
    """The flags of `RequestSettings`."""
    command = flags.accepted(_ACCEPTED)(command)
    for option in reversed(_FLAGS):
        command = option(command)
    return command


def request_settings(given: dict[str, Any], address: str, port: int) -> RequestSettings:
    """Take the flags of `request_flags` out of a command's parameters. Raises click.ClickException."""
    try:
        services = parse(given.pop("service_cluster_ip_range"), given.pop("service_node_port_range"))
    except RangeError as error:
        raise click.ClickException(str(error)) from None
    origins = given.pop("cors_allowed_origins")
    try:
        check_origins(origins)
    except OriginError as error:
        raise click.ClickException(str(error)) from None
    for name in ("max_requests_inflight", "max_mutating_requests_inflight"):
        if given[name] < 0:
            raise click.ClickException(f"--{name.replace('_', '-')} can not be negative value")
    return RequestSettings(
        timeout=given.pop("request_timeout"),
        watch_seconds=given.pop("min_request_timeout"),
        fairness=given.pop("enable_priority_and_fairness"),
        reading=given.pop("max_requests_inflight"),
        mutating=given.pop("max_mutating_requests_inflight"),
        collection_workers=given.pop("delete_collection_workers"),
        audit_policy=given.pop("audit_policy_file"),
        audit_log=given.pop("audit_log_path"),
        audit_max_age=given.pop("audit_log_maxage"),
        audit_max_backups=given.pop("audit_log_maxbackup"),
        audit_max_size=given.pop("audit_log_maxsize"),
        audit_compress=given.pop("audit_log_compress"),
        origins=origins,
        transport_security=given.pop("strict_transport_security_directives"),
        services=services,
        address=address,
        port=port,
    )


def open_audit(settings: RequestSettings) -> tuple[Auditor, LogFile | None]:
    """The auditor, and the log it writes to. Raises PolicyError or AuditLogError."""
    policy = Policy.load(settings.audit_policy) if settings.audit_policy else None
    if policy is None or not settings.audit_log:
        return Auditor(None, None), None
    sink = LogFile(
        settings.audit_log,
        max_size=settings.audit_max_size,
        max_backups=settings.audit_max_backups,
        max_age=settings.audit_max_age,
        compress=settings.audit_compress,
    )
    return Auditor(policy, sink), sink


__all__ = ["AuditLogError", "PolicyError", "RequestSettings", "open_audit", "request_flags", "request_settings"]

"""kube-apiserver's flags beyond storage and kubelets: who may come in, admission, and what changes nothing here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from apiserver.auth.setup import AuthSettings
from minik8s.daemon import flags

F = TypeVar("F", bound=Callable[..., Any])

_AUTH: tuple[Callable[[Any], Any], ...] = (
    flags.flag("--anonymous-auth", default=True, help="requests without credentials are system:anonymous"),
    click.option("--client-ca-file", default="", help="who signs clients' certificates"),
    click.option("--token-auth-file", default="", help="CSV of token,user,uid,groups"),
    flags.flag("--enable-bootstrap-token-auth", help="tokens of Secrets in kube-system let nodes join"),
    click.option("--requestheader-client-ca-file", default="", help="who signs certificates of trusted proxies"),
    flags.strings("--requestheader-allowed-names", help="common names of trusted proxies  [default: any]"),
    flags.strings("--requestheader-username-headers", help="headers that name the user"),
    flags.strings("--requestheader-uid-headers", help="headers that hold the user's UID"),
    flags.strings("--requestheader-group-headers", help="headers that name groups"),
    flags.strings("--requestheader-extra-headers-prefix", help="prefixes of headers with more about the user"),
    flags.strings("--authorization-mode", default="AlwaysAllow", help="AlwaysAllow, AlwaysDeny, RBAC, Node; in order"),
    flags.strings("--service-account-issuer", help="who issues service accounts' tokens; the first signs"),
    flags.strings("--service-account-key-file", help="keys that check them"),
    click.option("--service-account-signing-key-file", default="", help="key that signs them"),
    click.option("--service-account-jwks-uri", default="", help="where the keys can be fetched"),
    flags.flag("--service-account-lookup", default=True, help="tokens end with their Secret or Pod"),
    flags.duration("--service-account-max-token-expiration", default="0s", help="longest life of a token"),
    flags.flag("--service-account-extend-token-expiration", default=True, help="Pods' tokens live on for a year"),
    flags.strings("--api-audiences", help="what tokens must be meant for  [default: the issuers]"),
)

_ADMISSION: tuple[Callable[[Any], Any], ...] = (
    flags.strings("--enable-admission-plugins", help="besides those that are on by default"),
    flags.strings("--disable-admission-plugins", help="of those that are on by default"),
    click.option("--admission-control-config-file", default="", help="AdmissionConfiguration"),
    click.option("--default-not-ready-toleration-seconds", type=int, default=300, help="a Pod's, where it says none"),
    click.option("--default-unreachable-toleration-seconds", type=int, default=300, help="a Pod's, where it says none"),
)

_ACCEPTED = """
    allow-metric-labels allow-metric-labels-manifest allow-privileged apiserver-count
    authentication-token-webhook-cache-ttl authentication-token-webhook-config-file authentication-token-webhook-version
    authorization-webhook-cache-authorized-ttl authorization-webhook-cache-unauthorized-ttl
    authorization-webhook-version contention-profiling
    coordinated-leadership-lease-duration coordinated-leadership-renew-deadline coordinated-leadership-retry-period
    debug-socket-path default-watch-cache-size disabled-metrics disable-http2-serving
    egress-selector-config-file
    emulated-version emulation-forward-compatible enable-garbage-collector enable-logs-handler
    endpoint-reconciler-type event-qps external-hostname feature-gates goaway-chance
    http2-max-streams-per-connection kubernetes-service-node-port lease-reuse-duration-seconds livez-grace-period
    log-text-info-buffer-size max-connection-bytes-per-sec min-compatibility-version oidc-ca-file oidc-client-id
    oidc-groups-claim oidc-groups-prefix oidc-issuer-url oidc-required-claim oidc-signing-algs oidc-username-claim
    oidc-username-prefix peer-advertise-ip peer-advertise-port peer-ca-file permit-address-sharing permit-port-sharing
    profiling runtime-config runtime-config-emulation-forward-compatible
    shutdown-delay-duration shutdown-send-retry-after shutdown-watch-termination-grace-period
    show-hidden-metrics-for-version storage-backend storage-initialization-timeout storage-media-type
    tls-cipher-suites tls-min-version tls-sni-cert-key tracing-config-file
    watch-cache watch-cache-sizes
""".split()
"""Flags that are taken and change nothing here."""
_REFUSED = {
    "authentication-config": "say who may come in with --client-ca-file, --token-auth-file and --anonymous-auth",
    "authorization-config": "say who may do what with --authorization-mode",
    "authorization-webhook-config-file": "say who may do what with --authorization-mode",
}
"""Flags that would let people in who are to be kept out if they changed nothing; name to what to do instead."""


def _add(command: F, options: tuple[Callable[[Any], Any], ...]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def auth_flags(command: F) -> F:
    """The flags of `AuthSettings`."""
    return _add(command, _AUTH)


def auth_settings(given: dict[str, Any]) -> AuthSettings:
    """Take the flags of `auth_flags` out of a command's parameters."""
    names = [name for name in AuthSettings.__struct_fields__ if name in given]
    found = {name: given.pop(name) for name in names}
    found["service_account_max_token_expiration"] = int(found["service_account_max_token_expiration"])
    return AuthSettings(**found)


@dataclasses.dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """Which plugins run, and the file with their configurations; default tolerations (seconds)."""

    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    configuration_file: str = ""
    not_ready_seconds: int = 300
    unreachable_seconds: int = 300

    def configurations(self) -> dict[str, Mapping[str, Any]]:
        """The configuration of each plugin that has one, by its name. Raises ConfigurationError."""
        found: dict[str, Mapping[str, Any]] = {}
        if self.configuration_file:
            # pydantic and YAML are imported only for that.
            from apiserver.admission import configuration

            found.update(configuration.load(self.configuration_file))
        found["DefaultTolerationSeconds"] = {
            "notReadySeconds": self.not_ready_seconds,
            "unreachableSeconds": self.unreachable_seconds,
        }
        return found


def admission_flags(command: F) -> F:
    """The flags of `AdmissionSettings`."""
    return _add(command, _ADMISSION)


def admission_settings(given: dict[str, Any]) -> AdmissionSettings:
    """Take the flags of `admission_flags` out of a command's parameters."""
    return AdmissionSettings(
        given.pop("enable_admission_plugins"),
        given.pop("disable_admission_plugins"),
        given.pop("admission_control_config_file"),
        given.pop("default_not_ready_toleration_seconds"),
        given.pop("default_unreachable_toleration_seconds"),
    )


def accepted_flags(command: F) -> F:
    """Flags of kube-apiserver without a counterpart: scripts that give them go on working, where that is safe."""
    return flags.refused(_REFUSED)(flags.accepted(_ACCEPTED)(command))

"""Probes and lifecycle hooks."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.api.core_v1 import (
    ExecAction,
    GRPCAction,
    HTTPGetAction,
    Lifecycle,
    LifecycleHandler,
    PodOS,
    Probe,
    SleepAction,
    TCPSocketAction,
)

_SIGNALS = """ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT
RTMAX RTMAX-1 RTMAX-10 RTMAX-11 RTMAX-12 RTMAX-13 RTMAX-14 RTMAX-2 RTMAX-3 RTMAX-4 RTMAX-5 RTMAX-6 RTMAX-7 RTMAX-8
RTMAX-9 RTMIN RTMIN+1 RTMIN+10 RTMIN+11 RTMIN+12 RTMIN+13 RTMIN+14 RTMIN+15 RTMIN+2 RTMIN+3 RTMIN+4 RTMIN+5 RTMIN+6
RTMIN+7 RTMIN+8 RTMIN+9 SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"""
_STOP_SIGNALS = {
    "linux": tuple(f"SIG{name}" for name in _SIGNALS.split()),
    "windows": ("SIGKILL", "SIGTERM"),
}
_ONE_HANDLER = "may not specify more than 1 handler type"


def _http_get(action: HTTPGetAction, path: str, errors: Errors) -> None:
    if not action.path:
        errors.required(f"{path}.path")
    formats.check_port(action.port, f"{path}.port", errors)
    if action.scheme not in ("HTTP", "HTTPS"):
        errors.not_supported(f"{path}.scheme", action.scheme, ("HTTP", "HTTPS"))
    for header in action.http_headers:
        errors.invalid_each(f"{path}.httpHeaders", header.name, formats.http_header_name(header.name))


def _sleep(action: SleepAction, grace_period: int | None, path: str, errors: Errors) -> None:
    if grace_period is not None and not 0 <= action.seconds <= grace_period:
        errors.invalid(
            path,
            action.seconds,
            f"must be non-negative and less than terminationGracePeriodSeconds ({grace_period})",
        )


def _validate_handlers(
    path: str,
    errors: Errors,
    exec_: ExecAction | None,
    http: HTTPGetAction | None,
    tcp: TCPSocketAction | None,
    grpc: GRPCAction | None,
    sleep: SleepAction | None,
    grace_period: int | None,
) -> None:
    seen = False
    if exec_ is not None:
        seen = True
        if not exec_.command:
            errors.required(f"{path}.exec.command")
    if http is not None:
        if seen:
            errors.forbidden(f"{path}.httpGet", _ONE_HANDLER)
        else:
            seen = True
            _http_get(http, f"{path}.httpGet", errors)
    if tcp is not None:
        if seen:
            errors.forbidden(f"{path}.tcpSocket", _ONE_HANDLER)
        else:
            seen = True
            formats.check_port(tcp.port, f"{path}.tcpSocket.port", errors)
    if grpc is not None:
        if seen:
            errors.forbidden(f"{path}.grpc", _ONE_HANDLER)
        else:
            seen = True
            formats.check_port(grpc.port, f"{path}.grpc.port", errors)
    if sleep is not None:
        if seen:
            errors.forbidden(f"{path}.sleep", _ONE_HANDLER)
        else:
            seen = True
            _sleep(sleep, grace_period, f"{path}.sleep", errors)
    if not seen:
        errors.required(path, "must specify a handler type")


def _validate_probe(probe: Probe, path: str, errors: Errors) -> None:
    _validate_handlers(path, errors, probe.exec, probe.http_get, probe.tcp_socket, probe.grpc, None, None)
    if probe.initial_delay_seconds < 0:
        errors.not_negative(f"{path}.initialDelaySeconds", probe.initial_delay_seconds)
    if probe.timeout_seconds < 0:
        errors.not_negative(f"{path}.timeoutSeconds", probe.timeout_seconds)
    if probe.period_seconds < 0:
        errors.not_negative(f"{path}.periodSeconds", probe.period_seconds)
    if probe.success_threshold < 0:
        errors.not_negative(f"{path}.successThreshold", probe.success_threshold)
    if probe.failure_threshold < 0:
        errors.not_negative(f"{path}.failureThreshold", probe.failure_threshold)
    grace = probe.termination_grace_period_seconds
    if grace is not None and grace <= 0:
        errors.invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0")


def validate_liveness(probe: Probe | None, path: str, errors: Errors) -> None:
    """A liveness or startup probe: one success is enough."""
    if probe is None:
        return
    _validate_probe(probe, path, errors)
    if probe.success_threshold != 1:
        errors.invalid(f"{path}.successThreshold", probe.success_threshold, "must be 1")


def validate_readiness(probe: Probe | None, path: str, errors: Errors) -> None:
    """A readiness probe: it kills nothing, so it has no grace period."""
    if probe is None:
        return
    _validate_probe(probe, path, errors)
    grace = probe.termination_grace_period_seconds
    if grace is not None:
        errors.invalid(f"{path}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes")


def _validate_hook(hook: LifecycleHandler, grace_period: int | None, path: str, errors: Errors) -> None:
    _validate_handlers(path, errors, hook.exec, hook.http_get, hook.tcp_socket, None, hook.sleep, grace_period)


def validate_lifecycle(
    lifecycle: Lifecycle, grace_period: int | None, os: PodOS | None, path: str, errors: Errors
) -> None:
    """Hooks after the start and before the stop, and the signal that stops."""
    if lifecycle.post_start is not None:
        _validate_hook(lifecycle.post_start, grace_period, f"{path}.postStart", errors)
    if lifecycle.pre_stop is not None:
        _validate_hook(lifecycle.pre_stop, grace_period, f"{path}.preStop", errors)
    signal = lifecycle.stop_signal
    if signal is not None:
        if os is None:
            errors.forbidden(f"{path}.stopSignal", "may not be set for containers with empty `spec.os.name`")
        elif os.name in _STOP_SIGNALS and signal not in _STOP_SIGNALS[os.name]:
            errors.not_supported(f"{path}.stopSignal", signal, _STOP_SIGNALS[os.name])

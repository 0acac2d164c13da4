"""Lifecycle hooks: what is run in or asked of a container after it started and before it stops."""

from __future__ import annotations

from kubelet.context import NodeContext
from kubelet.pods.declared import AnyContainer
from kubelet.probes import handlers
from kubelet.probes.handlers import Outcome
from kubelet.runtime.types import RuntimeFailure
from minik8s.api.core_v1 import LifecycleHandler

HOOK_SECONDS = 3600.0


class HookFailed(Exception):
    """The hook did not do its work; the message says why."""


async def run_hook(
    context: NodeContext, container: AnyContainer, instance_id: str, hook: LifecycleHandler, address: str
) -> None:
    """Run a hook to its end. Raises HookFailed."""
    if hook.exec is not None:
        command = hook.exec.command
        try:
            result = await context.runtime.exec(instance_id, command, HOOK_SECONDS)
        except (RuntimeFailure, TimeoutError) as error:
            raise HookFailed(
                f"Exec lifecycle hook {command} for Container {container.name!r} failed: {error}"
            ) from None
        if result.exit_code != 0:
            said = result.output.decode(errors="replace").strip()
            raise HookFailed(
                f'Exec lifecycle hook ([{" ".join(command)}]) for Container "{container.name}" failed - error: '
                f"command '{' '.join(command)}' exited with {result.exit_code}: {said}, message: {said!r}"
            )
        return
    if hook.sleep is not None:
        await context.clock.sleep(float(hook.sleep.seconds))
        return
    if hook.http_get is not None:
        answer = await handlers.fetch(address, container, hook.http_get, 60.0)
    elif hook.tcp_socket is not None:
        answer = await handlers.open_port(address, container, hook.tcp_socket, 60.0)
    else:
        return
    if answer.outcome is not Outcome.SUCCESS:
        raise HookFailed(f'HTTP lifecycle hook for Container "{container.name}" failed - error: {answer.text}')

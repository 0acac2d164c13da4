"""`minik8s`: the one command for people."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from cli import usage
from cli.errors import CommandError
from cli.session import Settings, common_flags, take_settings

_VERBS = {
    "annotate": "Update the annotations on a resource",
    "api-resources": "Print the resources the server knows",
    "api-versions": "Print the API versions the server knows",
    "apply": "Apply a configuration to resources by file name or standard input",
    "attach": "Join the main process of a running container",
    "auth": "Tell who I am and what I may do",
    "autoscale": "Scale a workload by its load from now on",
    "certificate": "Approve or deny requests for certificates",
    "cluster-info": "Show where the control plane is",
    "completion": "Print a script that completes words in the shell",
    "config": "Change kubeconfig files",
    "cordon": "Mark a node as unschedulable",
    "cp": "Copy files to and from containers",
    "create": "Create a resource from a file or by name",
    "debug": "Debug a Pod or a node with a new container",
    "delete": "Delete resources by file names, names, or labels",
    "describe": "Show the details of resources",
    "diff": "Show what apply would change",
    "drain": "Empty a node in preparation for maintenance",
    "edit": "Change resources in your editor",
    "events": "List events",
    "exec": "Run a command in a container",
    "explain": "Tell what a kind or one of its fields is",
    "expose": "Make a Service for a workload or Pod",
    "get": "Show resources",
    "label": "Update the labels on a resource",
    "logs": "Print the logs of a container, or of a whole workload",
    "patch": "Change fields of a resource by a patch",
    "port-forward": "Forward local ports to a Pod",
    "proxy": "Serve the API on a local port",
    "replace": "Replace resources by those of a file",
    "rollout": "Manage the rollout of a workload",
    "run": "Run an image in a Pod",
    "scale": "Set a new size for a workload",
    "set": "Set features on objects: image, env, resources",
    "taint": "Update the taints of nodes",
    "top": "Show CPU and memory in use",
    "uncordon": "Mark a node as schedulable",
    "version": "Print the versions of client and server",
    "wait": "Wait for a condition of resources",
    "why": "Tell what holds an object back",
}
"""Verb to its help; the module is `cli.commands.<verb>`."""

ENTRY_POINTS = "minik8s.commands"


class Commands(click.Group):
    """Loads a command when it is asked for; those of other rooms come by entry point."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted({*_VERBS, *_others()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, None when there is none of that name."""
        if cmd_name in _VERBS:
            module = importlib.import_module(f"cli.commands.{cmd_name.replace('-', '_')}")
            found: click.Command = module.command
            return found
        point = _others().get(cmd_name)
        return point.load() if point is not None else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and one line each, without loading what is behind them."""
        with formatter.section("Verbs, as kubectl has them"):
            formatter.write_dl(list(_VERBS.items()))
        others = _others()
        if not others:
            return
        with formatter.section("The cluster on this machine (minik8s COMMAND --help)"):
            formatter.write_dl([(name, point.load().get_short_help_str(80)) for name, point in others.items()])

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run; whatever happens ends in a message and an exit code, never in a traceback."""
        if extra.pop("standalone_mode", True) is False:
            run: Any = super().main
            return run(args, *rest, standalone_mode=False, **extra)
        sys.exit(self._ended(args, extra))

    def _ended(self, args: Sequence[str] | None, extra: dict[str, Any]) -> int:
        try:
            code = int(super().main(args, standalone_mode=False, **extra) or 0)
            sys.stdout.flush()
            return code
        except click.exceptions.NoArgsIsHelpError as error:
            print(error.ctx.get_help() if error.ctx is not None else error.message)
            return 1
        except click.UsageError as error:
            return _fail(usage.told(error))
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except CommandError as error:
            return _fail(str(error), error.code)
        except (click.Abort, KeyboardInterrupt):
            return 130
        except BrokenPipeError:
            return _closed_pipe()
        except Exception as error:  # noqa: BLE001 - a person never sees a traceback
            return _unexpected(error)


def _others() -> dict[str, Any]:
    import importlib.metadata

    return {point.name: point for point in sorted(importlib.metadata.entry_points(group=ENTRY_POINTS))}


def _fail(message: str, code: int = 1) -> int:
    if message:
        print(message, file=sys.stderr)
    return code


def _closed_pipe() -> int:
    """Whoever read the output has gone: say nothing more, also not at the interpreter's end."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _unexpected(error: BaseException) -> int:
    import os

    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, BrokenPipeError):
        return _closed_pipe()
    if isinstance(error, KeyboardInterrupt):
        return 130
    if os.environ.get("MINIK8S_TRACEBACK") == "1":
        raise error
    return _fail(f"error: {type(error).__name__}: {error} (MINIK8S_TRACEBACK=1 shows where)")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@common_flags
@click.pass_context
def main(context: click.Context, /, **given: Any) -> None:
    """Kubernetes on this machine, and kubectl's verbs for any cluster."""
    context.obj = take_settings(given, context)
    assert isinstance(context.obj, Settings)


if __name__ == "__main__":
    main(prog_name="minik8s")

"""`minik8s`: the one command for people."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

import click

from cli.session import Settings, common_flags, take_settings

_VERBS = {
    "annotate": "Update the annotations on a resource",
    "api-resources": "Print the resources the server knows",
    "api-versions": "Print the API versions the server knows",
    "apply": "Apply a configuration to resources by file name or standard input",
    "create": "Create a resource from a file or by name",
    "cordon": "Mark a node as unschedulable",
    "delete": "Delete resources by file names, names, or labels",
    "describe": "Show the details of resources",
    "drain": "Empty a node in preparation for maintenance",
    "exec": "Run a command in a container",
    "expose": "Make a Service for a workload or Pod",
    "get": "Show resources",
    "label": "Update the labels on a resource",
    "logs": "Print the logs of a container",
    "patch": "Change fields of a resource by a patch",
    "port-forward": "Forward local ports to a Pod",
    "replace": "Replace resources by those of a file",
    "rollout": "Manage the rollout of a workload",
    "run": "Run an image in a Pod",
    "scale": "Set a new size for a workload",
    "set": "Set features on objects: image, env, resources",
    "uncordon": "Mark a node as schedulable",
    "version": "Print the versions of client and server",
    "wait": "Wait for a condition of resources",
}
"""Verb to its help; the module is `cli.commands.<verb>`."""

ENTRY_POINTS = "minik8s.commands"


class Commands(click.Group):
    """Loads a command when it is asked for; those of other rooms come by entry point."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted({*_VERBS, *(point.name for point in importlib.metadata.entry_points(group=ENTRY_POINTS))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, None when there is none of that name."""
        if cmd_name in _VERBS:
            module = importlib.import_module(f"cli.commands.{cmd_name.replace('-', '_')}")
            found: click.Command = module.command
            return found
        for point in importlib.metadata.entry_points(group=ENTRY_POINTS, name=cmd_name):
            loaded: click.Command = point.load()
            return loaded
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and one line each, without loading what is behind them."""
        with formatter.section("Verbs, as kubectl has them"):
            formatter.write_dl(list(_VERBS.items()))
        others = sorted(importlib.metadata.entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
        if not others:
            return
        with formatter.section("The cluster on this machine (minik8s COMMAND --help)"):
            formatter.write_dl([(point.name, point.load().get_short_help_str(80)) for point in others])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@common_flags
@click.pass_context
def main(context: click.Context, /, **given: Any) -> None:
    """Kubernetes on this machine, and kubectl's verbs for any cluster."""
    context.obj = take_settings(given, context)
    assert isinstance(context.obj, Settings)


if __name__ == "__main__":
    main(prog_name="minik8s")

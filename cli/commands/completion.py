"""`completion`: what makes the shell complete this command's words."""

from __future__ import annotations

import click

from cli.errors import CommandError
from cli.flags import Verb

_SHELLS = ("bash", "fish", "zsh")


@click.command("completion", cls=Verb, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", required=False, default="", metavar="bash|zsh|fish")
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a script for the shell: source <(minik8s completion bash)."""
    from click.shell_completion import get_completion_class

    if not shell:
        raise CommandError("error: shell not specified\nSee 'minik8s completion -h' for help and examples")
    found = get_completion_class(shell) if shell in _SHELLS else None
    if found is None:
        raise CommandError(f'error: unsupported shell type "{shell}"')
    text = found(context.find_root().command, {}, "minik8s", "_MINIK8S_COMPLETE").source()
    click.echo(text)

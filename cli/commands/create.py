"""`create`: from files, or by name for the common kinds."""

from __future__ import annotations

import importlib
from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError, told
from cli.making import make_object
from cli.session import Session
from cli.session import command as make
from minik8s.client.errors import ApiError

_FAMILIES = {
    "access": "clusterrole clusterrolebinding role rolebinding serviceaccount token",
    "data": "configmap secret",
    "network": "ingress service",
    "policy": "namespace poddisruptionbudget priorityclass quota",
    "workloads": "cronjob deployment job",
}
_SHORT = {
    "cm": "configmap",
    "cj": "cronjob",
    "deploy": "deployment",
    "ing": "ingress",
    "ns": "namespace",
    "pc": "priorityclass",
    "pdb": "poddisruptionbudget",
    "resourcequota": "quota",
    "sa": "serviceaccount",
    "svc": "service",
}


class _Create(click.Group):
    """Without a kind: from files."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`create -f file` goes to the hidden command `from-files`."""
        words = [each for each in args if not each.startswith("-")]
        known = any(self.get_command(ctx, each) for each in words)
        if args and not known and args[0] not in ("-h", "--help"):
            if words and not any(each.startswith(("-f", "--filename", "--raw")) for each in args):
                raise CommandError(
                    f"error: Unexpected args: [{' '.join(words)}]\nSee 'minik8s create -h' for help and examples"
                )
            args = ["from-files", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All kinds."""
        return sorted(name for names in _FAMILIES.values() for name in names.split())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a kind, from its family's module."""
        if cmd_name == "from-files":
            return _from_files
        wanted = _SHORT.get(cmd_name, cmd_name)
        for family, names in _FAMILIES.items():
            if wanted in names.split():
                module = importlib.import_module(f"cli.generators.{family}")
                found: click.Command = next(each for each in module.COMMANDS if each.name == wanted)
                return found
        return None


@click.group("create", cls=_Create, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Create a resource from a file (-f) or by name."""


@make("from-files", hidden=True)
@flags.files
@flags.selector
@click.option("--save-config", is_flag=True, help="remember it for a later apply")
@flags.field_manager("kubectl-create")
@flags.validate
@flags.dry_run
@flags.output
async def _from_files(session: Session, files: tuple[str, ...], recursive: bool, **given: Any) -> int:
    """Create what files say."""
    if not files:
        raise CommandError("error: must specify one of -f and -k")
    code = 0
    for _, namespace, manifest in await targets.of_files(session, files, recursive):
        if namespace:
            manifest.obj["metadata"]["namespace"] = namespace
        obj = manifest.obj
        if given["save_config"]:
            from cli.applying import annotated

            obj = annotated(obj)
        try:
            await make_object(session, obj, given, manifest.source)
        except ApiError as error:
            session.warn(told(error, doing=f'error when creating "{manifest.source}"'))
            code = 1
    return code

"""`token`, `certs`, and kubeadm's part of `config`: commands for who keeps a cluster."""

from __future__ import annotations

from typing import Any

import click

from cluster.machines.commands import admin_file, client_of, config_option, places_of, root_option, table
from cluster.options import ClusterError
from cluster.running import run

PAUSE_IMAGE = "minik8s/pause:2"
CONTROL_PLANE = ("etcd", "apiserver", "controller-manager", "scheduler", "dns", "ingress")


def _admin_options(command: Any) -> Any:
    command = root_option(command)
    return click.option("--kubeconfig", default="", help="an administrator's  [default: this machine's admin.conf]")(
        command
    )


@click.group()
def token() -> None:
    """Tokens machines join with."""


@token.command("create")
@click.argument("text", metavar="[TOKEN]", required=False, default="")
@config_option
@click.option("--ttl", default="24h0m0s", show_default=True, help="how long it is good, 0 for ever")
@click.option("--usages", default="signing,authentication", show_default=True)
@click.option("--groups", default="system:bootstrappers:kubeadm:default-node-token", show_default=True)
@click.option("--description", default="", help="what it is for")
@click.option("--print-join-command", is_flag=True, help="print the whole command for a machine that joins")
@click.option("--certificate-key", default="", help="with --print-join-command: for one of the control plane")
@_admin_options
def token_create(
    text: str,
    config_file: str,
    ttl: str,
    usages: str,
    groups: str,
    description: str,
    print_join_command: bool,
    certificate_key: str,
    kubeconfig: str,
    root_dir: str,
) -> None:
    """Make a token."""
    if certificate_key and not print_join_command:
        raise click.UsageError("cannot use --certificate-key without --print-join-command")

    async def work() -> None:
        from cluster.machines import files, summary
        from cluster.machines.init import make_token, save_token
        from cluster.machines.kinds import BootstrapToken

        given = {
            "token": text,
            "ttl": ttl,
            "usages": _parts(usages),
            "groups": _parts(groups),
            "description": description,
        }
        wanted = [files.validate(BootstrapToken, given, "the flags", "BootstrapToken")]
        if config_file:
            read = files.load(config_file).init
            if read is None:
                raise ClusterError(f"no InitConfiguration kind was found in {config_file}")
            wanted = read.bootstrap_tokens or wanted
        made = [make_token(one) for one in wanted]
        async with client_of(kubeconfig, root_dir) as client:
            for one in made:
                await save_token(client, one, new=True)
        if not print_join_command:
            click.echo(str(made[0]))
            return
        endpoint, ca = _cluster(admin_file(kubeconfig, root_dir))
        click.echo(summary.join_command(endpoint, str(made[0]), ca, certificate_key))

    run(work())


def _cluster(kubeconfig: str) -> tuple[str, bytes]:
    from pathlib import Path

    from minik8s.client import config

    found = config.load(kubeconfig)
    ca = found.ca_data or (Path(found.ca_file).read_bytes() if found.ca_file else b"")
    if not ca:
        raise ClusterError("the kubeconfig names no CA, so machines that join could not check it")
    return found.server.removeprefix("https://"), ca


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@token.command("list")
@_admin_options
def token_list(kubeconfig: str, root_dir: str) -> None:
    """Show the tokens there are."""

    async def work() -> None:
        from cluster.machines import tokens
        from minik8s.api.core_v1 import Secret

        async with client_of(kubeconfig, root_dir) as client:
            selector = f"type={tokens.TYPE}"
            found = (await client.list(Secret, tokens.NAMESPACE, field_selector=selector)).items
            now = client.clock.now()
        rows = [tokens.HEAD]
        for secret in found:
            try:
                rows.append(tokens.row(tokens.from_secret(secret), now))
            except tokens.TokenError as error:
                click.echo(str(error), err=True)
        if len(rows) > 1:
            table(rows)

    run(work())


@token.command("delete")
@click.argument("names", metavar="TOKEN|ID...", nargs=-1, required=True)
@_admin_options
def token_delete(names: tuple[str, ...], kubeconfig: str, root_dir: str) -> None:
    """End tokens before their time."""

    async def work() -> None:
        from cluster.machines import tokens
        from minik8s.api.core_v1 import Secret
        from minik8s.client.errors import ApiError

        try:
            chosen = [tokens.id_of(name) for name in names]
        except tokens.TokenError as error:
            raise ClusterError(str(error)) from None
        async with client_of(kubeconfig, root_dir) as client:
            for one in chosen:
                try:
                    await client.delete(Secret, tokens.PREFIX + one, tokens.NAMESPACE)
                except ApiError as error:
                    raise ClusterError(f'failed to delete bootstrap token "{one}": {error}') from None
                click.echo(f'bootstrap token "{one}" deleted')

    run(work())


@token.command("generate")
def token_generate() -> None:
    """Print a random token, and make nothing."""
    from cluster.machines import tokens

    click.echo(tokens.generate())


@click.group()
def certs() -> None:
    """Certificates of the control plane."""


@certs.command("check-expiration")
@root_option
def certs_check(root_dir: str) -> None:
    """Show when each certificate runs out."""

    async def work() -> None:
        from cluster.machines import certs as certificates

        mine, theirs = certificates.rows(_recorded(root_dir))
        table(mine)
        click.echo()
        table(theirs)

    run(work())


@certs.command("renew")
@click.argument("name", metavar="NAME|all")
@click.option("--restart", is_flag=True, help="start the daemons of the control plane anew, so that they use them")
@root_option
def certs_renew(name: str, restart: bool, root_dir: str) -> None:
    """Make a certificate anew; NAME as check-expiration shows it."""

    async def work() -> None:
        from cluster.machines import certs as certificates
        from cluster.machines import record, supervision

        places = _recorded(root_dir)
        for made in certificates.renew(places, name):
            click.echo(f"certificate {made} renewed")
        held = record.load(places)
        if restart and held is not None:
            supervision.restart(places, held, CONTROL_PLANE)
            click.echo(f"\nDone renewing certificates. Started anew: {', '.join(CONTROL_PLANE)}.")
            return
        click.echo(
            "\nDone renewing certificates. You must restart the apiserver, controller-manager, scheduler, dns, "
            "ingress and etcd, so that they can use the new certificates (--restart does)."
        )

    run(work())


@certs.command("upload")
@click.option("--certificate-key", default="", help="the key to seal with  [default: a random one]")
@_admin_options
def certs_upload(certificate_key: str, kubeconfig: str, root_dir: str) -> None:
    """Put the control plane's keys into the cluster for two hours, sealed; prints the key."""

    async def work() -> None:
        from cluster.machines import uploads

        places = _recorded(root_dir)
        key = certificate_key or uploads.new_key()
        async with client_of(kubeconfig, root_dir) as client:
            await uploads.upload(client, places, (places.pki / "etcd" / "ca.key").exists(), key)
        click.echo(f"[upload-certs] Using certificate key:\n{key}")

    run(work())


@certs.command("certificate-key")
def certificate_key() -> None:
    """Print a random certificate key, and make nothing."""
    from cluster.machines import uploads

    click.echo(uploads.new_key())


def _recorded(root_dir: str) -> Any:
    from cluster.machines import record

    places = places_of(root_dir)
    held = record.load(places)
    return places_of(root_dir, held.certificates) if held is not None else places


@click.group()
def config() -> None:
    """Configuration files of init and join."""


@config.group("print")
def config_print() -> None:
    """Print configuration files to begin with."""


@config_print.command("init-defaults")
@click.option("--component-configs", default="", help="KubeletConfiguration, KubeProxyConfiguration, by commas")
def print_init_defaults(component_configs: str) -> None:
    """Print what init works with when nothing is said."""

    async def work() -> None:
        from cluster.machines.defaults import init_defaults

        click.echo(init_defaults(_parts(component_configs)), nl=False)

    run(work())


@config_print.command("join-defaults")
@click.option("--component-configs", default="", help="KubeletConfiguration, KubeProxyConfiguration, by commas")
def print_join_defaults(component_configs: str) -> None:
    """Print what join works with, and what has to be filled in."""

    async def work() -> None:
        from cluster.machines.defaults import join_defaults

        click.echo(join_defaults(_parts(component_configs)), nl=False)

    run(work())


@config.command("validate")
@click.option("--config", "config_file", required=True, help="the file")
def config_validate(config_file: str) -> None:
    """Tell whether a configuration file can be used."""

    async def work() -> None:
        from cluster.machines import files

        files.load(config_file)
        click.echo("ok")

    run(work())


@config.group("images")
def config_images() -> None:
    """Images a cluster needs."""


@config_images.command("list")
def images_list() -> None:
    """Print the images a cluster needs besides those of its users: the daemons are no images here."""
    click.echo(PAUSE_IMAGE)

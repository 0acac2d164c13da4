"""`minik8s dashboard`: the console for any cluster a kubeconfig knows."""

from __future__ import annotations

import asyncio
from typing import Any

import click


@click.command("dashboard", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.option("--kubeconfig", default="", help="kubeconfig file  [default: as kubectl]")
@click.option("--context", "context_name", default="", help="context of the kubeconfig  [default: the current one]")
@click.option("-n", "--namespace", default="", help="namespace to begin with  [default: all]")
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=0, help="local port  [default: any free one]")
@click.option("--address", default="127.0.0.1", show_default=True, help="local address; others than loopback need TLS")
@click.option("--tls-cert-file", default="", help="serving certificate")
@click.option("--tls-private-key-file", default="", help="its key")
@click.option("--no-browser", is_flag=True, help="print the address only, open no browser")
@click.pass_context
def main(context: click.Context, /, **given: Any) -> None:
    """Show the cluster in a browser."""
    from dashboard.server import Place, serve
    from minik8s.client import config
    from minik8s.client.errors import ConnectionFailed

    above = context.obj
    """The flags before the command's name, as every command of `minik8s` takes them."""

    def flag(name: str) -> str:
        return str(given.get(name) or getattr(above, name.removesuffix("_name"), "") or "")

    place = Place(given["address"], given["port"], given["tls_cert_file"], given["tls_private_key_file"])
    try:
        loaded = config.load(
            flag("kubeconfig"), flag("context_name"), str(getattr(above, "server", "")), user_agent="minik8s-dashboard"
        )
        asyncio.run(serve(loaded, flag("context_name"), flag("namespace"), place, browser=not given["no_browser"]))
    except KeyboardInterrupt:
        return
    except (config.ConfigError, ConnectionFailed, OSError) as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="minik8s dashboard")

"""`python -m bench [GROUP…] [--quick] [--store sqlite|etcd] [--kube-apiserver PATH --etcd PATH]`."""

from __future__ import annotations

import compileall
import importlib
import pkgutil
import time
from pathlib import Path

import click
import uvloop

from bench import groups as folder
from bench.context import Bench
from bench.report import Report
from bench.targets import Kubernetes, Ours, OursOnEtcd, Target

GROUPS = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice(GROUPS))
@click.option("--quick", is_flag=True, help="seconds instead of minutes: figures to compare with care")
@click.option("--store", "stores", type=click.Choice(["sqlite", "etcd"]), multiple=True, default=["sqlite"])
@click.option("--kube-apiserver", default="", help="a real kube-apiserver to measure beside ours")
@click.option("--etcd", default="etcd", show_default=True, help="the etcd below it")
def main(groups: tuple[str, ...], quick: bool, stores: tuple[str, ...], kube_apiserver: str, etcd: str) -> None:
    """Measure GROUPS of figures (all without any), and print them as a table."""
    # As `make setup` leaves it: a server that compiles itself at every start is not what people run.
    for package in ("apiserver", "minik8s"):
        compileall.compile_dir(str(Path(__file__).parent.parent / package), quiet=1)
    targets: list[Target] = []
    if "sqlite" in stores:
        targets.append(Ours())
    if "etcd" in stores:
        targets.append(OursOnEtcd(etcd))
    if kube_apiserver:
        targets.append(Kubernetes(kube_apiserver, etcd))
    report = Report()
    try:
        for name in groups or GROUPS:
            module = importlib.import_module(f"bench.groups.{name}")
            print(module.TITLE, flush=True)
            began = time.monotonic()
            uvloop.run(module.run(Bench(targets, quick, report, name)))
            print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
    finally:
        for target in targets:
            target.remove()
    print("\n" + report.table())


if __name__ == "__main__":
    main()

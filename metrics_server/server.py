"""Everything of the metrics server put together and run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from metrics_server import authorities
from metrics_server.access import Access
from metrics_server.api import Api
from metrics_server.failures import answer_refusal
from metrics_server.history import History
from metrics_server.kubelets import Kubelets, Reach
from metrics_server.objects import Measured
from metrics_server.scraper import Scraper
from minik8s.api.core_v1 import Node, Pod
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.informer import Informers
from minik8s.client.resources import resource_of
from minik8s.daemon.delegated import DelegatedAuth
from minik8s.daemon.front_proxy import FrontProxies, HeaderNames
from minik8s.daemon.health import HealthServer
from minik8s.daemon.logging import logger
from minik8s.daemon.run import ready
from minik8s.daemon.tls import TLSFiles, self_signed
from minik8s.machinery.selectors import parse_label_selector

log = logger("metrics-server")


async def serve(own: ClientConfig, reach: Reach, names: HeaderNames, given: dict[str, Any]) -> None:
    """Scrape and serve until cancelled; `given` are the other flags by name. Raises ConfigError, OSError."""
    folder = Path(given["cert_dir"] or Path(tempfile.gettempdir()) / f"minik8s-metrics-server-{os.getuid()}")
    resolution: float = given["metric_resolution"]
    async with ApiClient(own) as client, Kubelets(reach, own, client.clock, keep=2 * resolution) as kubelets:
        informers = Informers(client)
        nodes = informers.of(Node)
        pods = informers.of(resource_of(Pod).metadata(), field_selector="status.phase=Running")
        history = History(int(resolution * 1000))
        selector = parse_label_selector(given["node_selector"])
        measured = Measured(nodes, pods, history, client.clock, selector)
        scraper = Scraper(measured.chosen, kubelets, history, client.clock, resolution)

        def synced() -> None:
            if waiting := informers.unsynced:
                raise RuntimeError(f"caches not in sync: {', '.join(sorted(waiting))}")

        files, proxies = await _believed(informers, folder, names, given)
        auth = DelegatedAuth(client, proxies=proxies)
        server = HealthServer(
            given["bind_address"],
            given["secure_port"],
            files,
            checks={
                "metric-storage-ready": scraper.check_ready,
                "metric-informer-sync": synced,
                "metric-collection-timely": scraper.check_timely,
            },
            authorizer=Access(auth),
            live=("ping", "metric-collection-timely"),
            ready=("ping", "metric-storage-ready", "metric-informer-sync"),
            routes=Api(measured).routes(),
            refusal=answer_refusal,
        )
        await informers.start()
        try:
            await server.start()
            log.info("serving", address=given["bind_address"], port=server.port, resolution=resolution)
            ready()
            await informers.synced()
            await scraper.run()
        finally:
            await server.stop()
            await informers.stop()


async def _believed(
    informers: Informers, folder: Path, names: HeaderNames, given: dict[str, Any]
) -> tuple[TLSFiles, FrontProxies]:
    """What is served with and whom to believe: as the flags say, else as the API server publishes."""
    clients, fronts = given["client_ca_file"], given["requestheader_client_ca_file"]
    if given["tls_cert_file"]:
        own = TLSFiles(given["tls_cert_file"], given["tls_private_key_file"])
    else:
        hosts = ["localhost", "127.0.0.1", "metrics-server.kube-system.svc"]
        own = self_signed(str(folder), "metrics-server", hosts)
    if fronts:
        files = TLSFiles(own.cert_file, own.key_file, clients, fronts)
        return files, FrontProxies(files, names)
    published: list[HeaderNames] = []
    made: list[FrontProxies] = []

    def changed(found: HeaderNames) -> None:
        published[:] = [found]
        for each in made:
            each.names = found

    follower = authorities.follow(informers, folder, changed)
    await informers.start()
    log.info("looking up whom to believe", configmap="kube-system/extension-apiserver-authentication")
    await follower.synced()
    found = [clients or str(folder / authorities.CLIENT_FILE), str(folder / authorities.PROXY_FILE)]
    clients, fronts = (path if Path(path).exists() and Path(path).stat().st_size else "" for path in found)
    files = TLSFiles(own.cert_file, own.key_file, clients, fronts)
    made.append(FrontProxies(files, published[0] if published else names))
    return files, made[0]

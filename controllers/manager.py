"""The manager: builds the controllers asked for and runs them on shared informers, while it leads."""

from __future__ import annotations

import dataclasses

import structlog

from controllers.catalog import Entry
from controllers.identities import Identity, IdentityTransport
from controllers.options import Options
from minik8s.client.api import ApiClient
from minik8s.client.controller import ControllerRunner
from minik8s.client.events import EventRecorder
from minik8s.client.transport import HttpTransport, Transport
from minik8s.daemon import metrics

log = structlog.get_logger("controllers")


class Manager:
    """Runs controllers that read through one set of informers and write each under its own name.

    `root` is the manager's own client; `own_accounts` gives each controller the service account of its name.
    """

    def __init__(self, root: ApiClient, entries: list[Entry], options: Options, own_accounts: bool = False) -> None:
        self._root = root
        self._entries = entries
        self._options = options
        self._shared: Transport | None = None
        if own_accounts:
            self._shared = HttpTransport(root.config.anonymous(), root.clock)
        self._runner: ControllerRunner | None = None
        self._were_synced = False

    def synced(self) -> None:
        """A health check: raises while a shared cache waits for its first list."""
        # Once all were there it is healthy: what is watched later (custom resources) may be broken for good.
        if self._runner is None or self._were_synced:
            return
        if waiting := self._runner.informers.unsynced:
            raise RuntimeError(f"caches not in sync: {', '.join(sorted(waiting))}")
        self._were_synced = True

    async def run(self) -> None:
        """Run until cancelled."""
        runner = self._runner = ControllerRunner(self._root)
        runner.reconciled = metrics.observe_reconcile
        recorders: dict[tuple[str, str], EventRecorder] = {}
        clients: dict[str, ApiClient] = {}
        try:
            for entry in self._entries:
                controller = entry.build(self._options)
                if controller is None:
                    log.debug("controller is switched off by its settings", controller=entry.name)
                    continue
                client = clients.setdefault(entry.account, self._client(entry))
                recorder = recorders.setdefault(
                    (entry.account, entry.component), EventRecorder(client, entry.component)
                )
                workers = self._options.concurrent_syncs.get(entry.name, entry.workers)
                runner.add(controller, workers, client, recorder)
            log.info("controllers start", count=len(runner.contexts))
            await runner.run()
        finally:
            for recorder in recorders.values():
                await recorder.close()
            if self._shared is not None:
                await self._shared.close()

    def _client(self, entry: Entry) -> ApiClient:
        if self._shared is None or not entry.account:
            return self._root
        transport = IdentityTransport(self._shared, Identity(self._root, entry.account))
        return ApiClient(dataclasses.replace(self._root.config), self._root.clock, transport)

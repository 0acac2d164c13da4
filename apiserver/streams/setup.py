"""The streaming endpoints put together and registered."""

from __future__ import annotations

from apiserver.admission.chain import AdmissionChain
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.rest.dispatch import Dispatch
from apiserver.streams.backend import Backends
from apiserver.streams.kubelets import Kubelets, KubeletSettings
from apiserver.streams.logs import PodLogs
from apiserver.streams.pods import PodStreams
from apiserver.streams.proxy import Proxy
from apiserver.streams.targets import Targets

_CONNECT = ("get", "create")
_ANY = ("get", "create", "update", "patch", "delete", "")


class Streams:
    """All endpoints; `close` drops the connections to backends."""

    def __init__(
        self,
        settings: KubeletSettings,
        reader: Reader,
        authorizer: Authorizer,
        admission: AdmissionChain | None,
    ) -> None:
        self.kubelets = Kubelets(settings, reader)
        self._backends = Backends()
        self._pods = PodStreams(self.kubelets, reader, authorizer, admission)
        self._logs = PodLogs(self.kubelets, reader, self._backends)
        self._proxy = Proxy(self.kubelets, Targets(reader, self.kubelets), self._backends, admission)

    def add_to(self, dispatch: Dispatch) -> None:
        """Serve the endpoints."""
        pods, proxy, endpoints = self._pods, self._proxy, dispatch.endpoints
        for name, endpoint in (("exec", pods.exec), ("attach", pods.attach), ("portforward", pods.portforward)):
            endpoints[("", "pods", name)] = dict.fromkeys(_CONNECT, endpoint)
        endpoints[("", "pods", "log")] = {"get": self._logs.show}
        for resource, endpoint in (("pods", proxy.pod), ("services", proxy.service), ("nodes", proxy.node)):
            endpoints[("", resource, "proxy")] = dict.fromkeys(_ANY, endpoint)

    async def close(self) -> None:
        """Drop all connections to backends."""
        await self._backends.close()

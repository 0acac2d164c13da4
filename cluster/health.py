"""Whether a process is well: one quick question to its health endpoint."""

from __future__ import annotations

import asyncio
import ssl

import aiohttp

from cluster.layout import Layout
from minik8s.client import kubeconfig
from minik8s.client.credentials import client_context

_SECONDS = 2.0


class Checker:
    """Asks health endpoints with the administrator's certificate; use `ask_all`."""

    def __init__(self, layout: Layout) -> None:
        config = kubeconfig.to_client_config(kubeconfig.read(layout.kubeconfig("super-admin")))
        # Each endpoint has a certificate for another name; who answers on our own addresses is ours.
        self._tls = client_context(insecure=True, cert_data=config.cert_data, key_data=config.key_data)
        self._etcd: ssl.SSLContext | None = None
        pki = layout.pki
        if (pki / "apiserver-etcd-client.crt").exists():
            self._etcd = client_context(
                insecure=True,
                cert_file=str(pki / "apiserver-etcd-client.crt"),
                key_file=str(pki / "apiserver-etcd-client.key"),
            )

    async def ask_all(self, urls: dict[str, str]) -> dict[str, str]:
        """For each name "ok", or what is wrong; "" where there is nothing to ask."""
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            answers = await asyncio.gather(*(self._ask(session, url) for url in urls.values()))
        return dict(zip(urls, answers, strict=True))

    async def _ask(self, session: aiohttp.ClientSession, url: str) -> str:
        if not url:
            return ""
        if url.startswith("unix://"):
            return await _ask_socket(url.removeprefix("unix://"))
        tls = self._etcd if ":2379/" in url and self._etcd else self._tls
        try:
            async with session.get(url, ssl=tls) as answer:
                if answer.status == 200:
                    return "ok"
                lines = [line for line in (await answer.text()).splitlines() if line.startswith("[-]")]
                return lines[0].removeprefix("[-]") if lines else f"answers {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            cause = getattr(error, "os_error", None) or error
            return f"no answer ({getattr(cause, 'strerror', None) or type(cause).__name__})"


async def _ask_socket(path: str) -> str:
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path), timeout=timeout) as session:
        try:
            async with session.get("http://docker/_ping") as answer:
                return "ok" if answer.status == 200 else f"answers {answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError):
            return "no answer"

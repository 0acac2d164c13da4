"""A real API server process for tests, on a free port of loopback, without authorization."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[2]


class ApiServer:
    """Started, killed and started again on the same port and store."""

    def __init__(self, folder: Path, name: str, port: int, *flags: str) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self.log = folder / f"{name}.log"
        self._argv = [
            sys.executable, "-m", "apiserver", f"--cert-dir={folder / name}", f"--secure-port={port}",
            "--bind-address=127.0.0.1", *flags,
        ]  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self._argv, cwd=ROOT, stdout=out, stderr=out)

    async def ready(self, seconds: float = 20) -> float:
        """Wait until it is; the seconds since the call."""
        began = time.monotonic()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
            while True:
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return time.monotonic() - began
                except aiohttp.ClientError:
                    pass
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() - began > seconds:
                    raise AssertionError(f"the API server does not get ready:\n{self.log.read_text()[-4000:]}")
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """As a service manager stops it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

"""What of nginx's configuration does not depend on the cluster: ports, places, limits."""

from __future__ import annotations

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """The daemon's flags, as far as nginx is concerned; times are seconds, a port 0 is not listened on."""

    folder: Path
    http_port: int = 80
    https_port: int = 443
    addresses: tuple[str, ...] = ("0.0.0.0",)
    user: str = ""
    workers: int = 1
    connections: int = 4096
    open_files: int = 0
    resolvers: tuple[str, ...] = ()
    fallback_certificate: str = ""
    fallback_key: str = ""
    body_size: str = "0"
    access_log: str = "off"
    worker_shutdown_seconds: int = 3600
    forwarded_headers: bool = False
    """Whether X-Forwarded-* of clients are believed."""

    @property
    def configuration(self) -> Path:
        """The file nginx runs with."""
        return self.folder / "nginx.conf"

    @property
    def candidate(self) -> Path:
        """The file that is tried first."""
        return self.folder / "candidate.conf"

    @property
    def pid_file(self) -> Path:
        """Where nginx writes its pid."""
        return self.folder / "nginx.pid"

    @property
    def socket(self) -> Path:
        """Where nginx tells which configuration it serves; in a folder for its owner alone."""
        return self.folder / "control" / "nginx.sock"

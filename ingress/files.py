"""nginx's files on disk: folders, certificates, passwords. Contents name the files, so none ever changes."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import ssl
import time
from pathlib import Path

from ingress.frame import Frame
from ingress.model import Model

_KINDS = ("tls", "auth")


def prepare(frame: Frame) -> None:
    """Make the folders. Raises OSError."""
    frame.folder.mkdir(parents=True, exist_ok=True)
    for name, mode in (("tls", 0o700), ("control", 0o700), ("auth", 0o750), ("scratch", 0o755)):
        folder = frame.folder / name
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)
    _for_workers(frame, frame.folder / "auth")


def write(frame: Frame, model: Model) -> None:
    """Write what is missing; what is used is marked as such. Raises OSError."""
    for name, content in model.files.items():
        path = frame.folder / name
        if path.exists():
            os.utime(path)
            continue
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        if name.startswith("auth/"):
            temporary.chmod(0o640)
            _for_workers(frame, temporary)
        temporary.replace(path)


def clean(frame: Frame, model: Model) -> None:
    """Remove what has not been used for so long that no worker of an older configuration reads it any more."""
    before = time.time() - frame.worker_shutdown_seconds
    for kind in _KINDS:
        for path in (frame.folder / kind).iterdir():
            if f"{kind}/{path.name}" not in model.files and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def worker_user() -> str:
    """Who nginx's workers are: nobody special; "" when this process is not root and they are as it is."""
    if os.geteuid() != 0:
        return ""
    for name in ("www-data", "nginx", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return ""


def group_of(user: str) -> str:
    """The name of a user's own group."""
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _for_workers(frame: Frame, path: Path) -> None:
    user = frame.user.split()[0] if frame.user else ""
    if user and os.geteuid() == 0:
        os.chown(path, 0, pwd.getpwnam(user).pw_gid)


class Pairs:
    """Whether certificates and keys belong together, as the library says that nginx uses too; asked once each."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._known: dict[str, str] = {}

    def __call__(self, content: bytes) -> str:
        """What is wrong; "" for nothing."""
        digest = hashlib.sha256(content).hexdigest()[:32]
        if digest not in self._known:
            self._known[digest] = self._look(content)
        return self._known[digest]

    def condemn(self, name: str, trouble: str) -> None:
        """A file that nginx itself will not have."""
        self._known[Path(name).stem] = trouble

    def _look(self, content: bytes) -> str:
        path = self._scratch / "pair.pem"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        try:
            # A password is never asked for: a key that has one cannot be used.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password=lambda: "")
            return ""
        except (ssl.SSLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", "") or str(error)
            return str(reason).replace("_", " ").lower() or "they cannot be read"
        finally:
            path.unlink(missing_ok=True)

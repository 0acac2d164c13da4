"""The sandbox's image, made on the spot: a tiny program that has orphans reaped, and waits to be stopped."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import struct
import tarfile

IMAGE = "minik8s/pause:2"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_BASE = 0x400000
_HEADERS = 64 + 56
_DATA = _BASE + _HEADERS
_SIGINT, _SIGTERM, _SIGCHLD = 2, 15, 17
# struct sigaction: handler SIG_IGN, flags, restorer, mask. With SIGCHLD ignored, no orphan becomes a zombie.
_IGNORE = struct.pack("<QQQQ", 1, 0, 0, 0)
# The first process of a namespace is told of these signals only when it blocks them and waits for them.
_STOP = struct.pack("<Q", 1 << _SIGTERM - 1 | 1 << _SIGINT - 1)
_SIGNALS = _DATA + len(_IGNORE)
_SIZE = len(_STOP)


def _amd64() -> bytes:
    def call(number: int, *arguments: int) -> bytes:
        registers = (b"\xbf", b"\xbe", b"\xba", b"\x41\xba")
        values = b"".join(r + struct.pack("<I", v) for r, v in zip(registers, arguments, strict=True))
        return values + b"\xb8" + struct.pack("<I", number) + b"\x0f\x05"

    sigaction, procmask = call(13, _SIGCHLD, _DATA, 0, _SIZE), call(14, 0, _SIGNALS, 0, _SIZE)
    wait = call(128, _SIGNALS, 0, 0, _SIZE) + b"\x85\xc0"
    again = b"\x78" + struct.pack("<b", -len(wait) - 2)
    return sigaction + procmask + wait + again + call(231, 0, 0, 0, 0)


def _arm64() -> bytes:
    def call(number: int, *arguments: int) -> list[int]:
        words = []
        for register, value in (*enumerate(arguments), (8, number)):
            words += [0xD2800000 | (value & 0xFFFF) << 5 | register, 0xF2A00000 | (value >> 16) << 5 | register]
        return [*words, 0xD4000001]

    sigaction, procmask = call(134, _SIGCHLD, _DATA, 0, _SIZE), call(135, 0, _SIGNALS, 0, _SIZE)
    wait = call(137, _SIGNALS, 0, 0, _SIZE)
    again = 0x37F80000 | (-len(wait) & 0x3FFF) << 5
    words = [*sigaction, *procmask, *wait, again, *call(94, 0, 0, 0, 0)]
    return struct.pack(f"<{len(words)}I", *words)


def program(machine: str) -> bytes:
    """A static executable for a machine (`x86_64` or `aarch64`). Raises OSError for others."""
    if machine not in _ARCHITECTURES:
        raise OSError(f"no sandbox program for the architecture {machine}")
    code, number = (_amd64(), 62) if machine == "x86_64" else (_arm64(), 183)
    body = _IGNORE + _STOP + code
    size, entry = _HEADERS + len(body), _DATA + len(body) - len(code)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 2, number, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + body


def image(machine: str = "") -> bytes:
    """The image as a tar for `docker load`."""
    machine = machine or platform.machine()
    layer = _tar({"pause": program(machine)}, 0o755)
    digest = hashlib.sha256(layer).hexdigest()
    config = {
        "architecture": _ARCHITECTURES[machine],
        "os": "linux",
        "config": {"Entrypoint": ["/pause"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created_by": "minik8s"}],
    }
    content = json.dumps(config, sort_keys=True).encode()
    name = hashlib.sha256(content).hexdigest() + ".json"
    manifest = [{"Config": name, "RepoTags": [IMAGE], "Layers": [f"{digest}/layer.tar"]}]
    return _tar({name: content, f"{digest}/layer.tar": layer, "manifest.json": json.dumps(manifest).encode()}, 0o644)


def _tar(files: dict[str, bytes], mode: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.mode, info.size = mode, len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()

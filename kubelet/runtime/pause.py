"""The sandbox's image, made on the spot: one tiny program that lets the kernel reap orphans, and waits for ever."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import struct
import tarfile

IMAGE = "minik8s/pause:1"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_BASE = 0x400000
_HEADERS = 64 + 56
_SIGCHLD = 17
# struct sigaction: handler SIG_IGN, flags, restorer, mask. With SIGCHLD ignored, no orphan becomes a zombie.
_IGNORE = struct.pack("<QQQQ", 1, 0, 0, 0)


def _amd64() -> bytes:
    set_up = b"\xb8" + struct.pack("<I", 13) + b"\xbf" + struct.pack("<I", _SIGCHLD)
    rest = b"\x31\xd2" + b"\x41\xba" + struct.pack("<I", 8) + b"\x0f\x05"
    wait = b"\xb8" + struct.pack("<I", 34) + b"\x0f\x05" + b"\xeb\xf7"
    to_data = len(rest) + len(wait)
    return set_up + b"\x48\x8d\x35" + struct.pack("<i", to_data) + rest + wait + _IGNORE


def _arm64() -> bytes:
    def put(register: int, number: int) -> int:
        return 0xD2800000 | number << 5 | register

    service, back = 0xD4000001, 0x14000000
    first = [put(0, _SIGCHLD), 0, put(2, 0), put(3, 8), put(8, 134), service]
    loop = [put(register, 0) for register in range(5)] + [put(8, 73), service]
    loop.append(back | (-len(loop) & 0x3FFFFFF))
    words = first + loop
    distance = (len(words) - 1) * 4
    words[1] = 0x10000000 | (distance & 3) << 29 | (distance >> 2) << 5 | 1
    return struct.pack(f"<{len(words)}I", *words) + _IGNORE


def program(machine: str) -> bytes:
    """A static executable for a machine (`x86_64` or `aarch64`). Raises OSError for others."""
    if machine not in _ARCHITECTURES:
        raise OSError(f"no sandbox program for the architecture {machine}")
    code, number = (_amd64(), 62) if machine == "x86_64" else (_arm64(), 183)
    size = _HEADERS + len(code)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", 2, number, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


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

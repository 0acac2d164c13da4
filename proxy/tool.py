"""Running the kernel's tools: nft, iptables-restore, conntrack."""

from __future__ import annotations

import asyncio

from proxy.backend import BackendError


async def run(*argv: str, text: str = "", check: bool = True) -> str:
    """Run a tool with `text` on its standard input; returns what it printed.

    Raises BackendError when it is not installed or, unless `check` is off, when it fails.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            # A tool that is told nothing gets no pipe: it may have ended before the pipe is written to.
            stdin=asyncio.subprocess.PIPE if text else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise BackendError(f"{argv[0]} is not installed (Debian: apt install {_package(argv[0])})") from None
    out, err = await process.communicate(text.encode() if text else None)
    if check and process.returncode:
        told = err.decode(errors="replace").strip()
        raise BackendError(f"{argv[0]} failed with {process.returncode}: {told[:2000]}")
    return out.decode(errors="replace")


def _package(tool: str) -> str:
    packages = {"nft": "nftables", "conntrack": "conntrack", "ipvsadm": "ipvsadm", "ip": "iproute2"}
    return packages.get(tool, "iptables")

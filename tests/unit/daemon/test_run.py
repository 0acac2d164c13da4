from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest

from minik8s.streams import serve

PROGRAM = """
import asyncio
from minik8s.daemon import logging, run
logging.setup("info", "{fmt}")
async def main():
    print("up", flush=True)
    try:
        {body}
    finally:
        print("cleaned", flush=True)
run.run(main)
"""


def start(body: str, fmt: str = "text") -> subprocess.Popen[str]:
    program = PROGRAM.format(body=body, fmt=fmt)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_daemon_cleanly(number: signal.Signals) -> None:
    process = start("await asyncio.sleep(60)")
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "cleaned\n")
    assert f"stopping signal={number.name}" in err


def test_a_failure_for_people_has_no_traceback() -> None:
    process = start("raise run.Fatal('the port is taken')")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert 'fatal error="the port is taken"' in err and "Traceback" not in err


def test_a_mistake_of_ours_shows_where_it_is_also_as_json() -> None:
    process = start("1 / 0", "json")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert '"event":"fatal"' in err and "ZeroDivisionError" in err


def test_an_error_of_the_system_is_said_without_its_number() -> None:
    process = start("open('/does/not/exist')")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert 'fatal error="/does/not/exist: No such file or directory"' in err and "Traceback" not in err


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError) as caught:
            serve.listen("127.0.0.1", port)
    assert str(caught.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use"


@pytest.mark.parametrize(
    ("address", "port", "message"),
    [
        ("127.0.0.1", 70000, "cannot listen on 127.0.0.1:70000: a port is a number from 1 to 65535"),
        ("192.0.2.1", 80, "cannot listen on 192.0.2.1:80: Cannot assign requested address"),
    ],
)
def test_what_cannot_be_listened_on_is_named(address: str, port: int, message: str) -> None:
    with pytest.raises(OSError) as caught:
        serve.listen(address, port)
    assert str(caught.value) == message

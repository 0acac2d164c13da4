"""kubectl of several minor versions against our API server and kubelet server."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from .rig import Rig, engine, free_port, kubectls, load_image, rig

pytestmark = [
    pytest.mark.root,
    pytest.mark.docker,
    pytest.mark.kubectl,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("dockerd") is None or not kubectls(), reason="needs dockerd and kubectl"),
]
KUBECTLS = pytest.mark.parametrize("kubectl", kubectls(), ids=os.path.basename)
FOREVER = ("sleep", "1000000")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Rig]:
    # Sockets' paths are short: pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="m8s-") as folder, engine(Path(folder)) as endpoint:
        await asyncio.to_thread(load_image, endpoint)
        work = Path(folder) / "work"
        work.mkdir()
        async with rig(work, endpoint) as made:
            await made.add_pod("one", {"main": FOREVER})
            await made.add_pod("two", {"a": FOREVER, "b": FOREVER})
            yield made


@KUBECTLS
async def test_exec_output_errors_and_code(cluster: Rig, kubectl: str) -> None:
    code, out, err = await cluster.run(kubectl, "exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (code, out) == (7, b"out\n")
    assert err == b"err\ncommand terminated with exit code 7\n"
    assert (await cluster.run(kubectl, "exec", "one", "--", "true"))[0] == 0


@KUBECTLS
async def test_exec_with_input(cluster: Rig, kubectl: str) -> None:
    data = os.urandom(3_000_000)
    code, out, err = await cluster.run(kubectl, "exec", "-i", "one", "--", "cat", stdin=data)
    assert (code, out == data, err) == (0, True, b"")
    code, out, err = await cluster.run(kubectl, "exec", "-i", "one", "--", "sh", "-c", "cat | wc -c", stdin=data)
    assert (code, out.strip(), err) == (0, b"3000000", b"")
    code, out, err = await cluster.run(
        kubectl, "exec", "-i", "one", "--", "head", "-c", "5", stdin=b"hello world" * 100_000
    )
    assert (code, out) == (0, b"hello")


@KUBECTLS
async def test_exec_of_much_output(cluster: Rig, kubectl: str) -> None:
    words = ("sh", "-c", "yes 0123456789 | head -n 2000000")
    code, out, _ = await cluster.run(kubectl, "exec", "one", "--", *words)
    assert (code, len(out), out == b"0123456789\n" * 2_000_000) == (0, 22_000_000, True)


@KUBECTLS
async def test_exec_with_a_terminal_of_a_size(cluster: Rig, kubectl: str) -> None:
    # The size comes after the command has begun.
    shown = "until stty size | (read r c; test \\$r = 33); do sleep 0.1; done; stty size; echo done"
    script = f"stty rows 33 cols 77; {kubectl} exec -it one -- sh -c '{shown}'; echo code=$?"
    process = await asyncio.create_subprocess_exec(
        "script", "-qec", f"sh -c \"{script}\"", "/dev/null",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=cluster.env,
    )  # fmt: skip
    assert process.stdout is not None
    out = await asyncio.wait_for(process.stdout.read(), 30)
    await process.wait()
    assert b"33 77\r\ndone\r\n" in out and b"code=0" in out, out


@KUBECTLS
async def test_exec_failures(cluster: Rig, kubectl: str) -> None:
    code, _, err = await cluster.run(kubectl, "exec", "one", "--", "/no/such")
    assert code == 1 and b'exec: "/no/such": stat /no/such: no such file or directory' in err, err
    code, _, err = await cluster.run(kubectl, "exec", "one", "-c", "nope", "--", "true")
    assert (code, err) == (1, b"Error from server (BadRequest): container nope is not valid for pod one\n")
    code, _, err = await cluster.run(kubectl, "exec", "gone", "--", "true")
    assert (code, err) == (1, b'Error from server (NotFound): pods "gone" not found\n')


@KUBECTLS
async def test_a_killed_kubectl_leaves_no_command_behind(cluster: Rig, kubectl: str) -> None:
    process = await cluster.start(kubectl, "exec", "-i", "one", "--", "cat", stdin=True)
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"x\n")
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"x\n"
    process.kill()
    await process.wait()
    for _ in range(50):
        _, out, _ = await cluster.run(kubectls()[-1], "exec", "one", "--", "sh", "-c", "cat /proc/[0-9]*/comm")
        if b"\ncat\ncat\n" not in out:
            break
        await asyncio.sleep(0.1)
    assert out.count(b"cat\n") <= 1, out


@KUBECTLS
async def test_cp_both_ways(cluster: Rig, kubectl: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(500_000))
    code, _, err = await cluster.run(kubectl, "cp", str(source), "two:/tmp/copied", "-c", "b")
    assert code == 0, err
    code, _, err = await cluster.run(kubectl, "cp", "two:/tmp/copied", str(tmp_path / "back"), "-c", "b")
    assert code == 0, err
    assert (tmp_path / "back").read_bytes() == source.read_bytes()


@KUBECTLS
async def test_attach_sees_output_and_gives_input(cluster: Rig, kubectl: str) -> None:
    name = "attach" + re.sub(r"\D", "", os.path.basename(kubectl))
    words = ("sh", "-c", "while read line; do echo got $line; done; echo end")
    await cluster.add_pod(name, {"main": words}, stdin=True, stdinOnce=True)
    code, out, err = await cluster.run(kubectl, "attach", "-i", name, stdin=b"a\nb\n")
    assert code == 0, err
    assert out == b"got a\ngot b\nend\n"


@KUBECTLS
async def test_attach_to_a_terminal(cluster: Rig, kubectl: str) -> None:
    name = "shell" + re.sub(r"\D", "", os.path.basename(kubectl))
    await cluster.add_pod(name, {"main": ("sh",)}, stdin=True, tty=True)
    script = f"stty rows 31 cols 71; {kubectl} attach -it {name}"
    process = await asyncio.create_subprocess_exec(
        "script", "-qec", f'sh -c "{script}"', "/dev/null",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=cluster.env,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    await asyncio.wait_for(process.stdout.readuntil(b"try pressing enter."), 30)
    # The size comes after the terminal.
    process.stdin.write(b"until stty size | (read r c; test $r = 31); do sleep 0.1; done; stty size; exit\n")
    out = await asyncio.wait_for(process.stdout.read(), 30)
    await process.wait()
    assert b"31 71\r\n" in out, out


@KUBECTLS
async def test_logs(cluster: Rig, kubectl: str) -> None:
    name = "logs" + re.sub(r"\D", "", os.path.basename(kubectl))
    await cluster.add_pod(name, {"main": ("sh", "-c", "echo first; sleep 0.2; echo oops >&2; exit 1")})
    await cluster.ended(name, "main")
    await cluster.restart(name, "main", ("sh", "-c", "for i in 1 2 3 4; do echo line $i; done; sleep 1; echo last"))
    followed = await cluster.run(kubectl, "logs", "-f", name)
    assert followed == (0, b"line 1\nline 2\nline 3\nline 4\nlast\n", b"")
    assert (await cluster.run(kubectl, "logs", name, "--previous"))[1] == b"first\noops\n"
    assert (await cluster.run(kubectl, "logs", name, "--tail=2"))[1] == b"line 4\nlast\n"
    assert (await cluster.run(kubectl, "logs", name, "--tail=0"))[1] == b""
    assert (await cluster.run(kubectl, "logs", name, "--limit-bytes=9"))[1] == b"line 1\nli"
    _, stamped, _ = await cluster.run(kubectl, "logs", name, "--timestamps")
    lines = stamped.decode().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["line 1", "line 2", "line 3", "line 4", "last"]
    last = lines[-1].split()[0]
    assert (await cluster.run(kubectl, "logs", name, f"--since-time={last}"))[1] == b"last\n"
    assert (await cluster.run(kubectl, "logs", name, "--since=1h"))[1].count(b"\n") == 5
    code, _, err = await cluster.run(kubectl, "logs", name, "-c", "nope")
    assert code == 1 and f"container nope is not valid for pod {name}" in err.decode()


@KUBECTLS
async def test_logs_refusals(cluster: Rig, kubectl: str) -> None:
    code, _, err = await cluster.run(kubectl, "logs", "one", "--previous")
    text = b'Error from server (BadRequest): previous terminated container "main" in pod "one" not found\n'
    assert (code, err) == (1, text)
    assert cluster.http is not None
    answer = await cluster.http.get("/api/v1/namespaces/default/pods/two/log")
    assert answer.status_code == 400
    assert answer.json()["message"] == "a container name must be specified for pod two, choose one of: [a b]"


async def fetch(port: int, path: str = "/") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    try:
        return await asyncio.wait_for(reader.read(), 20)
    finally:
        writer.close()


@KUBECTLS
async def test_port_forward_of_many_connections(cluster: Rig, kubectl: str) -> None:
    prepare = "mkdir -p /tmp/www; yes 0123456789 | head -c 1000000 > /tmp/www/big; httpd -p 8080 -h /tmp/www || true"
    assert (await cluster.run(kubectl, "exec", "two", "-c", "a", "--", "sh", "-c", prepare))[0] == 0
    port = free_port()
    process = await cluster.start(kubectl, "port-forward", "pod/two", f"{port}:8080", "--address=127.0.0.1")
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 20)
        assert line == f"Forwarding from 127.0.0.1:{port} -> 8080\n".encode()
        answers = await asyncio.gather(*(fetch(port, "/big") for _ in range(20)))
        assert all(answer.endswith(b"0123456789\n0123456789\n"[-10:]) or len(answer) > 1_000_000 for answer in answers)
        assert {len(answer) for answer in answers} == {len(answers[0])} and len(answers[0]) > 1_000_000
        # One that hangs up in the middle does not end the others.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /big HTTP/1.0\r\n\r\n")
        await reader.read(10)
        writer.transport.abort()
        assert len(await fetch(port, "/big")) == len(answers[0])
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


@KUBECTLS
async def test_port_forward_survives_a_reset_by_the_pod(cluster: Rig, kubectl: str) -> None:
    kill = "while true; do timeout 0.2 nc -l -p 9999 -e sh -c 'kill -9 $$' ; done"
    serve = f"(httpd -p 8081 -h /tmp; {kill}) >/dev/null 2>&1 &"
    assert (await cluster.run(kubectl, "exec", "one", "--", "sh", "-c", serve))[0] == 0
    port = free_port()
    process = await cluster.start(kubectl, "port-forward", "one", f"{port}:8081", "--address=127.0.0.1")
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), 20)
        for _ in range(5):
            # Half a request and away: the server in the Pod resets or closes as it likes.
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /")
            writer.transport.abort()
        assert b"HTTP/1" in await fetch(port)
        assert process.returncode is None
    finally:
        process.kill()
        await process.wait()


@KUBECTLS
async def test_port_forward_to_a_closed_port_says_why(cluster: Rig, kubectl: str) -> None:
    port = free_port()
    process = await cluster.start(kubectl, "port-forward", "one", f"{port}:7", "--address=127.0.0.1")
    try:
        assert process.stdout is not None and process.stderr is not None
        await asyncio.wait_for(process.stdout.readline(), 20)
        assert await fetch(port) == b""
        said = b""
        while b"connection refused" not in said:
            said += await asyncio.wait_for(process.stderr.readline(), 20)
        assert b"error forwarding port 7 to pod" in said
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()

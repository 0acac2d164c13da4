"""Changes while requests are under way, and the deaths of nginx and of the controller."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from ingress import sync
from minik8s.api.core_v1 import Event
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.api.networking_v1 import Ingress
from tests.integration.ingress.lab import Lab, lab
from tests.support.ingresses import endpoints, ingress, service

pytestmark = pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin") is None, reason="needs nginx")
WEB = {"example.com": [("P", "/", "web")]}


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Lab]:
    async with lab(tmp_path) as found:
        yield found


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Stream:
    """Requests one after the other on connections of their own; `failed` are those without a good answer."""

    def __init__(self, at: Lab) -> None:
        self.count, self.failed = 0, []  # type: tuple[int, list[object]]
        self._at = at
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            self.count += 1
            try:
                answer = await self._at.ask()
                if answer.status != 200:
                    self.failed.append(answer.status)
            except (aiohttp.ClientError, OSError) as error:
                self.failed.append(error)
            await asyncio.sleep(0.002)

    async def some(self) -> None:
        """Wait for a few more requests."""
        wanted = self.count + 3
        await self._at.until("requests", lambda: self.count > wanted)

    async def stop(self) -> None:
        await self.some()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_nginx_runs_only_while_something_is_to_be_served(at: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "IDLE_SECONDS", 0.2)
    assert at.syncer is not None
    watched = {a.resource for a in at.cluster.requests("watch")}
    assert watched <= {"ingresses", "ingressclasses"} and not at.syncer.nginx.runs and not is_open(at.http)
    await at.service("web")
    at.cluster.add(ingress("web", WEB))
    await at.served()
    at.cluster.remove(Ingress, "web")
    await at.served(status=404)
    await at.until("nginx is gone", lambda: not at.syncer.nginx.runs)
    assert not is_open(at.http)
    at.cluster.add(ingress("web", WEB))
    await at.served()


async def test_endpoints_come_and_go_under_load(at: Lab) -> None:
    await at.service("web")
    old = at.backends[0]
    new = [await at.backend(f"new{n}") for n in range(3)]
    at.cluster.add(ingress("web", WEB))
    await at.served()
    host = {"Host": "example.com"}
    url = f"http://127.0.0.1:{at.http}"
    slow = asyncio.create_task(at.ask("/slow"))
    await at.until("the slow request arrives", lambda: old.held)
    stream = Stream(at)
    async with at.session.ws_connect(f"{url}/socket", headers=host) as connection:
        for number, backend in enumerate(new):
            at.cluster.remove(EndpointSlice, "web-1")
            at.cluster.add(endpoints("web", backend.address))
            await at.until(f"new{number} answers", lambda name=backend.name: _only(at, name))
            await stream.some()
        await connection.send_str("still here")
        assert (await connection.receive()).data == "web: still here"
    old.release.set()
    assert (await slow).told["name"] == "web"
    await stream.stop()
    assert stream.failed == []


async def _only(at: Lab, name: str) -> bool:
    return await at.names(count=4) == {name}


async def test_a_dead_endpoint_costs_no_request(at: Lab) -> None:
    await at.service("web")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        at.cluster.add(endpoints("web", f"127.0.0.1:{port}", suffix="2"), ingress("web", WEB))
        await at.served()
        assert await at.names(count=10) == {"web"}


async def test_what_nginx_refuses_is_left_out_and_the_rest_served(at: Lab) -> None:
    await at.service("web")
    # Python's engine takes the repetition, nginx's does not.
    bad = ingress("bad", {"bad.com": [("I", "/(a{1,70000})", "web")]}, use_regex="true")
    hostile = ingress("hostile", {"hostile.com": [("P", "/", "web")]}, rewrite_target="/x; } } server { listen 1;")
    at.cluster.add(ingress("web", WEB), bad, hostile)
    await at.served()
    await at.until("both are told", lambda: {"bad", "hostile"} <= {e.involved_object.name for e in warnings(at)})
    messages = {e.involved_object.name: (e.reason, e.message) for e in warnings(at)}
    assert messages["bad"][0] == "Rejected" and "nginx refuses it" in messages["bad"][1]
    assert messages["hostile"][0] == "Rejected" and "rewrite-target" in messages["hostile"][1]
    assert "hostile" not in at.frame.configuration.read_text() and "70000" not in at.frame.configuration.read_text()
    at.cluster.modify(Ingress, "bad", lambda held: setattr(held.spec.rules[0].http.paths[0], "path", "/(a+)"))
    await at.served("/aaa", "bad.com")


def warnings(at: Lab) -> list[Event]:
    return [event for event in at.cluster.objects(Event) if event.type == "Warning"]


async def test_a_killed_controller_leaves_nginx_serving_and_the_next_takes_it_over(at: Lab) -> None:
    await at.service("web", "more")
    at.cluster.add(ingress("web", WEB))
    await at.served()
    assert at.syncer is not None
    pid = at.syncer.nginx.pid
    stream = Stream(at)
    await stream.some()
    await at.kill_controller()
    await stream.some()
    before = at.frame.configuration.stat().st_mtime_ns
    at.cluster.actions.clear()
    await at.start_controller()
    await at.until("nginx is taken over", lambda: at.syncer.nginx.pid == pid)
    at.cluster.add(ingress("more", {"more.com": [("P", "/", "more")]}))
    await at.served("/", "more.com")
    assert at.syncer.nginx.pid == pid and at.frame.configuration.stat().st_mtime_ns > before
    await stream.stop()
    assert stream.failed == []
    await at.syncer.nginx.stop(1)
    assert not is_open(at.http)


async def test_a_restart_without_a_change_does_not_even_reload(at: Lab) -> None:
    await at.service("web")
    at.cluster.add(ingress("web", WEB))
    await at.served()
    await at.kill_controller()
    before = at.frame.configuration.stat().st_ino
    await at.start_controller()
    await at.until("a round is over", lambda: at.syncer.nginx.runs and at.cluster.requests("watch", "services"))
    at.cluster.add(service("unrelated"), ingress("other", WEB, class_name="nginx"))
    await at.served()
    assert at.frame.configuration.stat().st_ino == before


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_nginx_comes_back(at: Lab, number: int) -> None:
    """After SIGKILL its workers live on without a master and hold the ports."""
    await at.service("web")
    at.cluster.add(ingress("web", WEB))
    await at.served()
    pid = at.kill_nginx(number)
    await at.until("another nginx", lambda: at.syncer.nginx.pid not in (0, pid))
    await at.served()
    at.syncer.check_health()


async def test_nginx_comes_back_though_the_api_is_away(at: Lab) -> None:
    await at.service("web")
    at.cluster.add(ingress("web", WEB))
    await at.served()
    at.cluster.offline = True
    at.cluster.drop_watches()
    pid = at.kill_nginx(signal.SIGTERM)
    await at.until("another nginx", lambda: at.syncer.nginx.pid not in (0, pid))
    await at.served()


async def test_both_die(at: Lab) -> None:
    await at.service("web")
    at.cluster.add(ingress("web", WEB))
    await at.served()
    await at.kill_controller()
    pid = int(at.frame.pid_file.read_text())
    os.kill(pid, signal.SIGKILL)
    await at.start_controller()
    await at.until("another nginx", lambda: at.syncer.nginx.pid not in (0, pid))
    await at.served()


async def test_a_port_that_is_taken_is_said_and_taken_when_free(at: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "_RETRY", (0.1, 0.1))
    await at.service("web")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", at.http))
        other.listen()
        at.cluster.add(ingress("web", WEB))
        await at.until("it is told", lambda: [e for e in warnings(at) if f":{at.http} " in e.message])
        with pytest.raises(RuntimeError, match="cannot listen on"):
            at.syncer.check_health()
        held = at.cluster.object(Ingress, "web")
        assert held is not None and held.status.load_balancer.ingress == []
    await at.served()
    at.syncer.check_health()

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubelet.cni import CNI, CNIError, NotConfigured, addresses_of, load
from tests.unit.kubelet.world import pod_of

PLUGIN = """#!/bin/sh
# Notes how it was called, and answers as its name says.
name=$(basename "$0")
config=$(cat)
echo "$name $CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS $CNI_IFNAME $CNI_ARGS|$config" >> {log}
case "$name $CNI_COMMAND" in
  "broken ADD") echo '{{"code": 7, "msg": "no address", "details": "the range is full"}}'; exit 1;;
  "wire ADD") echo '{{"cniVersion": "0.4.0", "ips": [{{"address": "fd00::5/64"}}, {{"address": "10.1.2.3/24"}}]}}';;
esac
"""


class Wires:
    def __init__(self, root: Path) -> None:
        self.log = root / "log"
        self.conf, self.bin = root / "conf", root / "bin"
        self.conf.mkdir()
        self.bin.mkdir()
        for name in ("wire", "pass", "broken"):
            (self.bin / name).write_text(PLUGIN.format(log=self.log))
            (self.bin / name).chmod(0o755)
        self.cni = CNI(self.conf, [self.bin], root / "state")

    def configure(self, *plugins: dict[str, object]) -> None:
        document = {"cniVersion": "0.4.0", "name": "net", "plugins": plugins}
        (self.conf / "10-net.conflist").write_text(json.dumps(document))

    def calls(self) -> list[str]:
        return [line.partition("|")[0] for line in self.log.read_text().splitlines()]

    def configs(self) -> list[dict[str, object]]:
        return [json.loads(line.partition("|")[2]) for line in self.log.read_text().splitlines()]


@pytest.fixture
def wires(tmp_path: Path) -> Wires:
    return Wires(tmp_path)


async def test_plugins_run_in_order_and_backwards(wires: Wires) -> None:
    ports = {"type": "pass", "capabilities": {"portMappings": True}}
    wires.configure({"type": "wire", "bridge": "b"}, ports)
    pod = pod_of(containers=[{"name": "c", "image": "i", "ports": [{"containerPort": 80, "hostPort": 8080}]}])
    assert await wires.cni.add("box", "/run/netns/x", pod) == ("10.1.2.3", "fd00::5")
    assert wires.cni.addresses("box") == ("10.1.2.3", "fd00::5") and wires.cni.known() == ["box"]
    first, second = wires.configs()
    assert first["name"] == "net" and first["cniVersion"] == "0.4.0" and first["bridge"] == "b"
    assert "prevResult" not in first and "runtimeConfig" not in first
    mapping = {"hostPort": 8080, "containerPort": 80, "protocol": "tcp"}
    assert second["runtimeConfig"] == {"portMappings": [mapping]} and second["prevResult"]
    assert "K8S_POD_NAME=web;" in wires.calls()[0] and "K8S_POD_NAMESPACE=default" in wires.calls()[0]
    wires.log.unlink()
    # The configuration has changed since: what was added is taken away as it was added.
    wires.configure({"type": "broken"})
    await wires.cni.delete("box", "/nonexistent")
    assert [c.split()[:3] for c in wires.calls()] == [["pass", "DEL", "box"], ["wire", "DEL", "box"]]
    assert wires.cni.known() == []
    await wires.cni.delete("box")


async def test_a_failed_plugin_is_taken_back_and_quoted(wires: Wires) -> None:
    wires.configure({"type": "wire"}, {"type": "broken"})
    with pytest.raises(CNIError, match=r'plugin type="broken" failed \(add\): no address: the range is full'):
        await wires.cni.add("box", "/run/netns/x", pod_of())
    assert [c.split()[1] for c in wires.calls()] == ["ADD", "ADD", "DEL", "DEL"]
    assert wires.cni.known() == []


def test_what_is_not_configured(wires: Wires, tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="cni config uninitialized"):
        wires.cni.check()
    wires.configure({"type": "absent"})
    with pytest.raises(CNIError, match='failed to find plugin "absent" in path'):
        wires.cni.check()
    (wires.conf / "00-bad.conf").write_text("{")
    with pytest.raises(CNIError, match="cannot read the CNI configuration"):
        load(wires.conf)


def test_addresses_of_old_and_new_results() -> None:
    assert addresses_of({"ip4": {"ip": "10.0.0.9/24"}}) == ["10.0.0.9"]
    assert addresses_of({"ips": [{"address": "10.0.0.9/24"}]}) == ["10.0.0.9"]
    assert addresses_of({}) == []


async def test_a_plugin_that_fails_without_a_word_of_json_is_quoted(wires: Wires) -> None:
    wires.configure({"type": "wire"})
    (wires.bin / "wire").write_text("#!/bin/sh\necho no such bridge >&2\nexit 3\n")
    with pytest.raises(CNIError, match=r'plugin type="wire" failed \(add\): no such bridge'):
        await wires.cni.add("box", "/run/netns/x", pod_of())
    (wires.bin / "wire").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(CNIError, match="no reason given"):
        await wires.cni.add("box", "/run/netns/x", pod_of())


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"network": {}}', "\x00\x00"])
async def test_a_damaged_note_is_made_up_for(wires: Wires, text: str) -> None:
    wires.configure({"type": "wire"}, {"type": "pass"})
    await wires.cni.add("box", "/run/netns/x", pod_of())
    (note,) = (wires.log.parent / "state").iterdir()
    note.write_text(text)
    assert wires.cni.addresses("box") == ()
    await wires.cni.delete("box")
    assert [call.split()[:3] for call in wires.calls()[2:]] == [["pass", "DEL", "box"], ["wire", "DEL", "box"]]
    assert wires.cni.known() == []


@pytest.mark.parametrize(
    "text", ["", "[]", "7", '{"name": "x", "plugins": 7}', '{"name": "x", "plugins": ["a"]}', "{}"]
)
def test_what_is_no_configuration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "10-x.conf").write_text(text)
    with pytest.raises(CNIError, match=r"10-x\.conf"):
        load(tmp_path)

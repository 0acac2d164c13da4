"""systemd units of a machine's daemons."""

from __future__ import annotations

from pathlib import Path

from cluster.specs import Spec

FOLDER = Path("/etc/systemd/system")
_TITLES = {
    "etcd": "etcd",
    "apiserver": "API server",
    "controller-manager": "controller manager",
    "scheduler": "scheduler",
    "dns": "cluster DNS",
    "ingress": "ingress controller",
    "kubelet": "node agent",
    "network": "Pod network agent",
    "proxy": "Service proxy",
}
_AFTER = {"apiserver": ["etcd"], "controller-manager": ["apiserver"], "scheduler": ["apiserver"], "dns": ["apiserver"]}
_ENGINE = ("kubelet",)


def name_of(spec: Spec) -> str:
    """The unit's name."""
    return f"minik8s-{spec.name}.service"


def unit(spec: Spec) -> str:
    """The unit of one daemon: it comes back whenever it ends, and at every boot."""
    after = ["network-online.target", *(f"minik8s-{other}.service" for other in _AFTER.get(spec.name, ()))]
    if spec.name in _ENGINE:
        after.append("docker.service")
    lines = [
        "[Unit]",
        f"Description=minik8s {_TITLES.get(spec.name, spec.name)}",
        f"After={' '.join(after)}",
        "Wants=network-online.target",
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        *(f'Environment="{key}={_escape(value)}"' for key, value in spec.env.items()),
        f"ExecStart={' '.join(_quote(word) for word in spec.argv)}",
        "Restart=always",
        "RestartSec=1",
        # Containers are the engine's; nothing but the daemon itself is in its group.
        "KillMode=process",
        f"TimeoutStopSec={spec.stop_seconds:g}",
        "LimitNOFILE=1048576",
        "TasksMax=infinity",
        "OOMScoreAdjust=-999",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")


def _quote(word: str) -> str:
    """A word of ExecStart: specifiers and variables are not meant, blanks and quotes are part of it."""
    escaped = _escape(word).replace("$", "$$")
    return f'"{escaped}"' if any(c in word for c in " \t\"'\\;") else escaped

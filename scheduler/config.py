"""KubeSchedulerConfiguration v1: profiles, plugins, back-off; what is absent has kube-scheduler's default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pydantic

from minik8s.daemon.flags import parse_duration

KINDS = (("kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"),)
_POINTS = (
    "preEnqueue queueSort preFilter filter postFilter preScore score reserve permit preBind bind postBind"
).split()


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


class _Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(alias_generator=_camel, populate_by_name=True, extra="forbid")


class Plugin(_Model):
    """A plugin switched on or off, with the weight of its score."""

    name: str
    weight: int = 0


class PluginSet(_Model):
    """What a profile changes at one extension point; `*` in `disabled` stands for all."""

    enabled: list[Plugin] = []
    disabled: list[Plugin] = []


class PluginConfig(_Model):
    """A plugin's args."""

    name: str
    args: dict[str, Any] = {}


class ProfileChoice(_Model):
    """One profile of the configuration."""

    scheduler_name: str = "default-scheduler"
    percentage_of_nodes_to_score: int | None = pydantic.Field(default=None, ge=0, le=100)
    plugins_: dict[str, PluginSet] = pydantic.Field(default={}, alias="plugins")
    plugin_config: list[PluginConfig] = []

    @pydantic.field_validator("plugins_")
    @classmethod
    def _known_points(cls, value: dict[str, PluginSet]) -> dict[str, PluginSet]:
        unknown = set(value) - {*_POINTS, "multiPoint"}
        if unknown:
            raise ValueError(f"unknown extension point {', '.join(sorted(unknown))}")
        return value

    @property
    def name(self) -> str:
        """The `schedulerName` it serves."""
        return self.scheduler_name

    @property
    def percentage(self) -> int:
        """`percentageOfNodesToScore`; 0 is all."""
        return self.percentage_of_nodes_to_score or 0

    @property
    def args(self) -> Mapping[str, Mapping[str, Any]]:
        """`pluginConfig`: args by plugin."""
        return {one.name: one.args for one in self.plugin_config}

    def plugins(self, default: Sequence[tuple[str, int]]) -> Mapping[str, Sequence[tuple[str, int]]]:
        """By extension point, plugins with weights; "" are those of every point, "-point" those switched off there."""
        every = self.plugins_.get("multiPoint", PluginSet())
        off = {plugin.name for plugin in every.disabled}
        own = {plugin.name: plugin.weight for plugin in every.enabled}
        merged = [] if "*" in off else [(n, own.pop(n) if n in own else w) for n, w in default if n not in off]
        merged += [(name, weight) for name, weight in own.items()]
        found: dict[str, Sequence[tuple[str, int]]] = {"": merged}
        for point, chosen in self.plugins_.items():
            if point == "multiPoint":
                continue
            found[point] = [(p.name, p.weight) for p in chosen.enabled]
            found[f"-{point}"] = [(p.name, p.weight) for p in chosen.disabled]
        return found


class Configuration(_Model):
    """The file of `--config`."""

    api_version: str = ""
    kind: str = ""
    parallelism: int = 16
    percentage_of_nodes_to_score: int | None = pydantic.Field(default=None, ge=0, le=100)
    pod_initial_backoff_seconds: int = pydantic.Field(default=1, ge=1)
    pod_max_backoff_seconds: int = pydantic.Field(default=10, ge=1)
    profiles: list[ProfileChoice] = []
    extenders: list[dict[str, Any]] = []
    leader_election: dict[str, Any] = {}
    client_connection: dict[str, Any] = {}
    enable_profiling: bool = True
    enable_contention_profiling: bool = True
    delay_cache_until_active: bool = False

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> Configuration:
        names = [profile.name for profile in self.profiles]
        if len(set(names)) != len(names):
            raise ValueError("profiles: every schedulerName may occur once only")
        if self.pod_max_backoff_seconds < self.pod_initial_backoff_seconds:
            raise ValueError("podMaxBackoffSeconds must not be smaller than podInitialBackoffSeconds")
        for name in ("leaseDuration", "renewDeadline", "retryPeriod"):
            if name in self.leader_election:
                parse_duration(str(self.leader_election[name]))
        return self

    @property
    def initial_backoff(self) -> float:
        """Seconds after the first failure."""
        return float(self.pod_initial_backoff_seconds)

    @property
    def max_backoff(self) -> float:
        """The longest back-off in seconds."""
        return float(self.pod_max_backoff_seconds)

    @property
    def extender_settings(self) -> Sequence[Mapping[str, Any]]:
        """`extenders` as the file has them."""
        return self.extenders

    def choices(self) -> list[ProfileChoice]:
        """The profiles, at least the default one."""
        profiles = self.profiles or [ProfileChoice()]
        if self.percentage_of_nodes_to_score is not None:
            for profile in profiles:
                if profile.percentage_of_nodes_to_score is None:
                    profile.percentage_of_nodes_to_score = self.percentage_of_nodes_to_score
        return profiles


def settle(configuration: Configuration, given: dict[str, Any], explicit: Any) -> None:
    """Put what the file says of the election and the connection into `given`, unless a flag said it."""
    election = configuration.leader_election
    for key, name in (
        ("leaderElect", "leader_elect"),
        ("leaseDuration", "leader_elect_lease_duration"),
        ("renewDeadline", "leader_elect_renew_deadline"),
        ("retryPeriod", "leader_elect_retry_period"),
        ("resourceName", "leader_elect_resource_name"),
        ("resourceNamespace", "leader_elect_resource_namespace"),
    ):
        if key in election and not explicit(name):
            value = election[key]
            duration = key.endswith(("Duration", "Deadline", "Period"))
            given[name] = parse_duration(str(value)) if duration else value
    kubeconfig = configuration.client_connection.get("kubeconfig")
    if kubeconfig and not explicit("kubeconfig"):
        given["kubeconfig"] = kubeconfig

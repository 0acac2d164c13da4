"""ConfigMaps, Secrets and tokens that stand still."""

from __future__ import annotations

import dataclasses

from kubelet.pods.downward import Surroundings
from minik8s.api.core_v1 import ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret


@dataclasses.dataclass
class FixedSources:
    config_maps: dict[str, ConfigMap] = dataclasses.field(default_factory=dict)
    secrets: dict[str, Secret] = dataclasses.field(default_factory=dict)
    claims: dict[str, PersistentVolumeClaim] = dataclasses.field(default_factory=dict)
    volumes: dict[str, PersistentVolume] = dataclasses.field(default_factory=dict)
    tokens: int = 0

    async def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        return self.config_maps.get(name)

    async def secret(self, namespace: str, name: str) -> Secret | None:
        return self.secrets.get(name)

    async def token(self, pod: Pod, audience: str, seconds: int) -> str:
        self.tokens += 1
        return f"token-for-{audience}"

    async def claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        return self.claims.get(name)

    async def persistent_volume(self, name: str) -> PersistentVolume | None:
        return self.volumes.get(name)

    def surroundings(self, pod: Pod) -> Surroundings:
        return Surroundings(("10.1.1.1",), ("10.0.0.1",), {"cpu": "4", "memory": "8Gi"})

"""Files of volumes that would be written twice."""

from __future__ import annotations

from typing import NamedTuple

from minik8s.api.core_v1 import Volume, VolumeProjection


class _File(NamedTuple):
    path: str
    source: str

    def shown(self) -> str:
        return f'"{self.path}" ({self.source})' if self.source else f'"{self.path}"'


def _collisions(taken: list[_File], new: _File) -> list[_File]:
    if not new.path:
        return []
    inside = f"{new.path}/"
    return [
        old
        for old in taken
        if old.path and (old == new or f"{old.path}/".startswith(inside) or inside.startswith(f"{old.path}/"))
    ]


def _overlaps(files: list[_File]) -> list[str]:
    found = []
    taken: list[_File] = []
    for file in files:
        file = _File(file.path.rstrip("/"), file.source)
        found += [f"{file.shown()} with {other.shown()}" for other in _collisions(taken, file)]
        taken.append(file)
    return found


def _projected(source: VolumeProjection) -> list[_File]:
    if source.config_map is not None and source.config_map.items:
        name = f'ConfigMap "{source.config_map.name}"'
        return [_File(item.path, name) for item in source.config_map.items]
    if source.secret is not None and source.secret.items:
        name = f'Secret "{source.secret.name}"'
        return [_File(item.path, name) for item in source.secret.items]
    if source.downward_api is not None and source.downward_api.items:
        return [_File(item.path, "DownwardAPI") for item in source.downward_api.items]
    if source.service_account_token is not None:
        return [_File(source.service_account_token.path, "ServiceAccountToken")]
    if source.cluster_trust_bundle is not None:
        bundle = source.cluster_trust_bundle
        name = bundle.name if bundle.name is not None else bundle.signer_name or ""
        return [_File(bundle.path, f'ClusterTrustBundle "{name}"')]
    certificate = source.pod_certificate
    if certificate is None:
        return []
    named = (
        (certificate.certificate_chain_path, "PodCertificate chain"),
        (certificate.key_path, "PodCertificate key"),
        (certificate.credential_bundle_path, "PodCertificate credential bundle"),
    )
    return [_File(path, name) for path, name in named if path]


def overlapping_paths(volumes: list[Volume]) -> list[str]:
    """A warning for every pair of files of one volume that lie on or in each other."""
    found = []
    for volume in volumes:
        groups: list[tuple[str, list[_File]]] = []
        if volume.config_map is not None and volume.config_map.items:
            files = [_File(item.path, "") for item in volume.config_map.items]
            groups.append((f'ConfigMap "{volume.config_map.name}"', files))
        if volume.secret is not None and volume.secret.items:
            files = [_File(item.path, "") for item in volume.secret.items]
            groups.append((f'Secret "{volume.secret.secret_name}"', files))
        if volume.downward_api is not None and volume.downward_api.items:
            groups.append(("DownwardAPI", [_File(item.path, "") for item in volume.downward_api.items]))
        for what, files in groups:
            if len(files) > 1:
                found += [f'volume "{volume.name}" ({what}): overlapping paths: {o}' for o in _overlaps(files)]
        if volume.projected is not None:
            files = []
            for source in volume.projected.sources:
                if source == VolumeProjection():
                    found.append(f'volume "{volume.name}" (Projected) has no sources provided')
                else:
                    files += _projected(source)
            if len(files) > 1:
                found += [f'volume "{volume.name}" (Projected): overlapping paths: {o}' for o in _overlaps(files)]
    return found

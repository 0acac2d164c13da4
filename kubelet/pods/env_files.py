"""Variables from a file in a volume (`fileKeyRef`): lines of NAME=value."""

from __future__ import annotations

from kubelet.pods.environment import ConfigError
from kubelet.volumes import sub_path
from kubelet.volumes.types import VolumeError, Volumes
from minik8s.api.core_v1 import FileKeySelector


def read_key(volumes: Volumes, wanted: FileKeySelector) -> str | None:
    """The value of a key; None when file or key are not there. Raises ConfigError."""
    volume = volumes.get(wanted.volume_name)
    if volume is None:
        raise ConfigError(f'cannot find the volume "{wanted.volume_name}" referenced by FileKeyRef')
    if not (volume.path / wanted.path).exists():
        return None
    try:
        text = sub_path.resolve(volume.path, wanted.path).read_text()
    except (VolumeError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"couldn't parse env file {wanted.path}: {error}") from None
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if equals and name.strip() == wanted.key:
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            return value[1:-1] if quoted else value
    return None

"""Where an object's key lies: `/registry/<group>/<resource>/[<namespace>/]<name>`, the core group being `core`."""

from __future__ import annotations

DEFAULT_ROOT = "/registry"


def resource_prefix(root: str, group: str, plural: str) -> str:
    """The prefix of all keys of a resource, with a slash at its end."""
    return f"{root}/{group or 'core'}/{plural}/"


def object_key(prefix: str, namespace: str, name: str) -> str:
    """The key of one object below its resource's prefix; `namespace` is "" for kinds without."""
    return f"{prefix}{namespace}/{name}" if namespace else prefix + name


def split_key(prefix: str, key: str, namespaced: bool) -> tuple[str, str]:
    """Namespace ("" for kinds without) and name of a key below its resource's prefix."""
    rest = key[len(prefix) :]
    if not namespaced:
        return "", rest
    namespace, _, name = rest.partition("/")
    return namespace, name

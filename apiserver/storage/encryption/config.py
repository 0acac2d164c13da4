"""`EncryptionConfiguration`: which resources are encrypted, with what, and which keys can still be read."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml

from apiserver.storage.store import StoreError
from minik8s.daemon.flags import parse_duration

_SIZES = {"aescbc": (16, 24, 32), "aesgcm": (16, 24, 32), "secretbox": (32,)}
_CORE = "*."
_ALL = "*.*"


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", populate_by_name=True)


class Key(_Strict):
    """One named key; `secret` is base64 in the file and the bytes here."""

    name: str
    secret: bytes

    @pydantic.field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value or ":" in value:
            raise ValueError("a key's name must not be empty nor contain ':'")
        return value

    @pydantic.field_validator("secret", mode="before")
    @classmethod
    def _decoded(cls, value: Any) -> bytes:
        try:
            return base64.b64decode(str(value), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("secret must be base64 encoded") from None


class Keys(_Strict):
    """The keys of a local provider: the first writes, all read."""

    keys: Annotated[list[Key], pydantic.Field(min_length=1)]

    @pydantic.field_validator("keys")
    @classmethod
    def _distinct(cls, value: list[Key]) -> list[Key]:
        if len({key.name for key in value}) != len(value):
            raise ValueError("the names of keys must differ")
        return value


class KMS(_Strict):
    """A key management plugin at a unix socket; `timeout` is in seconds."""

    api_version: Literal["v2"] = pydantic.Field(alias="apiVersion")
    name: str
    endpoint: str
    timeout: float = 3.0
    cachesize: int | None = None

    @pydantic.field_validator("timeout", mode="before")
    @classmethod
    def _seconds(cls, value: Any) -> float:
        seconds = parse_duration(str(value))
        if seconds <= 0:
            raise ValueError("timeout must be more than 0")
        return seconds

    @pydantic.field_validator("endpoint")
    @classmethod
    def _socket(cls, value: str) -> str:
        if not value.startswith("unix://"):
            raise ValueError("endpoint must be a unix socket, such as unix:///var/run/kms.sock")
        return value

    @pydantic.field_validator("name")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value or ":" in value:
            raise ValueError("a plugin's name must not be empty nor contain ':'")
        return value


class Identity(_Strict):
    """No encryption."""


class Provider(_Strict):
    """Exactly one of them."""

    aescbc: Keys | None = None
    aesgcm: Keys | None = None
    secretbox: Keys | None = None
    kms: KMS | None = None
    identity: Identity | None = None

    @pydantic.model_validator(mode="after")
    def _one(self) -> Provider:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one provider must be given in each entry, not {len(given)}")
        for name, sizes in _SIZES.items():
            keys: Keys | None = getattr(self, name)
            for key in keys.keys if keys is not None else ():
                if len(key.secret) not in sizes:
                    wanted = ", ".join(map(str, sizes))
                    raise ValueError(f"{name} key {key.name}: secret is {len(key.secret)} bytes, expected {wanted}")
        return self


class ResourceProviders(_Strict):
    """What protects some resources: `secrets`, `widgets.example.com`, `*.apps`, `*.` (the core group) or `*.*`."""

    resources: Annotated[list[str], pydantic.Field(min_length=1)]
    providers: Annotated[list[Provider], pydantic.Field(min_length=1)]

    @pydantic.field_validator("resources")
    @classmethod
    def _known_form(cls, value: list[str]) -> list[str]:
        for resource in value:
            if resource == "*":
                raise ValueError("use '*.' for the resources of the core group, '*.*' for all resources")
            if not resource or resource != resource.lower() or ("*" in resource and not resource.startswith("*.")):
                raise ValueError(f"resource {resource!r} must be like secrets, widgets.example.com, *.apps or *.*")
            if resource.split(".", 1)[-1] == "extensions":
                raise ValueError("'extensions' group has been removed and cannot be used for encryption")
            if resource.startswith("events.events.k8s.io"):
                raise ValueError("use 'events' for both groups of events")
        return value


class EncryptionConfiguration(_Strict):
    """The file behind `--encryption-provider-config`."""

    api_version: Literal["apiserver.config.k8s.io/v1"] = pydantic.Field(alias="apiVersion")
    kind: Literal["EncryptionConfiguration"]
    resources: Annotated[list[ResourceProviders], pydantic.Field(min_length=1)]

    @pydantic.model_validator(mode="after")
    def _reachable(self) -> EncryptionConfiguration:
        seen: set[str] = set()
        for entry in self.resources:
            for resource in entry.resources:
                if resource in seen:
                    raise ValueError(f"resource {resource!r} is listed twice")
                group = resource.partition(".")[2]
                wildcard = _CORE if "." not in resource else f"*.{group}"
                if resource != _ALL and (_ALL in seen or (wildcard != resource and wildcard in seen)):
                    masking = _ALL if _ALL in seen else wildcard
                    raise ValueError(f"resource {resource!r} is masked by the earlier {masking!r}")
                seen.add(resource)
        return self

    def entry_for(self, group: str, plural: str) -> int | None:
        """The index of the entry that protects a resource; None for none."""
        wanted = {f"{plural}.{group}" if group else plural, f"*.{group}" if group else _CORE, _ALL}
        return next((n for n, entry in enumerate(self.resources) if wanted.intersection(entry.resources)), None)


def load(path: str) -> tuple[EncryptionConfiguration, bytes]:
    """The file's configuration and content. Raises StoreError."""
    try:
        content = Path(path).read_bytes()
        document = yaml.load(content, yaml.CSafeLoader)
    except OSError as error:
        raise StoreError(f"--encryption-provider-config: cannot read {path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise StoreError(f"--encryption-provider-config: {path} is no YAML: {error}") from None
    try:
        return EncryptionConfiguration.model_validate(document), content
    except pydantic.ValidationError as error:
        # Without the values: they are keys.
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise StoreError(f"--encryption-provider-config: {path}: {faults}") from None

"""The file of --admission-control-config-file: the configuration of each plugin, inline or in files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic
import yaml

from apiserver.admission.order import PluginSettingsError


class ConfigurationError(PluginSettingsError):
    """The file cannot be read or is not an AdmissionConfiguration; the text names the place."""


class _Plugin(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    name: str
    path: str = ""
    configuration: dict[str, Any] | None = None


class _File(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    apiVersion: str
    kind: str
    plugins: list[_Plugin] = []


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is no YAML: {error}") from error


def load(path: str) -> Mapping[str, Mapping[str, Any]]:
    """Plugin name -> its configuration. Paths in the file are relative to it. Raises ConfigurationError."""
    file = Path(path)
    try:
        read = _File.model_validate(_yaml(file))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {where}: {first['msg']}") from error
    if read.kind != "AdmissionConfiguration" or not read.apiVersion.startswith("apiserver.config.k8s.io/"):
        raise ConfigurationError(
            f"{path} is a {read.kind} of {read.apiVersion}, expected an AdmissionConfiguration of "
            "apiserver.config.k8s.io/v1"
        )
    found: dict[str, Mapping[str, Any]] = {}
    for plugin in read.plugins:
        if plugin.name in found:
            raise ConfigurationError(f"{path}: plugin {plugin.name} stands twice")
        configuration = plugin.configuration
        if configuration is None and plugin.path:
            configuration = _yaml(file.parent / plugin.path)
        if configuration is not None and not isinstance(configuration, dict):
            raise ConfigurationError(f"{path}: the configuration of {plugin.name} is no mapping")
        found[plugin.name] = configuration or {}
    return found

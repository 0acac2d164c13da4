"""A daemon's configuration file: read, checked, and what it says in vain told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    import pydantic

M = TypeVar("M", bound="pydantic.BaseModel")

_WHAT_IT_IS = ("apiVersion", "kind")


def load_config(path: str, model: type[M], kinds: Iterable[tuple[str, str]] = ()) -> M:
    """A configuration file (YAML or JSON) as a pydantic model; errors name the file and the field.

    `kinds` are the (apiVersion, kind) pairs accepted. Fields that a lenient model passes over are named in the log.
    Raises click.ClickException.
    """
    import pydantic
    import yaml

    try:
        with open(path, "rb") as file:
            document = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    except OSError as error:
        raise click.ClickException(f"cannot read the configuration {path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise click.ClickException(f"{path} is not YAML: {error}") from None
    if not isinstance(document, dict):
        raise click.ClickException(f"{path}: a mapping is expected at the top")
    accepted = list(kinds)
    said = (str(document.get("apiVersion", "")), str(document.get("kind", "")))
    if accepted and said not in accepted:
        wanted = " or ".join(f"{version} {kind}" for version, kind in accepted)
        raise click.ClickException(f"{path}: expected {wanted}, found {' '.join(said).strip() or 'no kind'}")
    try:
        found = model.model_validate(document)
    except pydantic.ValidationError as error:
        lines = [f"  {'.'.join(str(p) for p in e['loc']) or '(top)'}: {e['msg']}" for e in error.errors()]
        raise click.ClickException(f"{path} is not valid:\n" + "\n".join(lines)) from None
    if passed_over := list(_passed_over(found, document, "")):
        from minik8s.daemon.logging import logger

        logger("daemon").warning("configuration fields that mean nothing here", file=path, fields=",".join(passed_over))
    return found


def _passed_over(held: object, said: object, place: str) -> Iterator[str]:
    """The paths of all that a document says and the model made of it has no field for."""
    import pydantic

    if isinstance(held, list) and isinstance(said, list):
        for index, (each, what) in enumerate(zip(held, said, strict=False)):
            yield from _passed_over(each, what, f"{place}[{index}]")
    elif isinstance(held, pydantic.BaseModel) and isinstance(said, Mapping):
        names = {field.alias or name: name for name, field in type(held).model_fields.items()}
        if type(held).model_config.get("populate_by_name"):
            names |= {name: name for name in type(held).model_fields}
        for key, what in said.items():
            path = f"{place}.{key}".lstrip(".")
            if key in names:
                yield from _passed_over(getattr(held, names[key]), what, path)
            elif path not in _WHAT_IT_IS:
                yield path

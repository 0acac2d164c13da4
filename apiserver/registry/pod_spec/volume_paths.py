"""Paths inside volumes and containers."""

from __future__ import annotations

from apiserver.registry.errors import Errors

FILE_MODE = "must be a number between 0 and 0777 (octal), both inclusive"


def no_backsteps(value: str, path: str, errors: Errors) -> None:
    """A path without `..` elements."""
    if ".." in value and ".." in value.split("/"):
        errors.invalid(path, value, "must not contain '..'")


def local_descending(value: str, path: str, errors: Errors) -> None:
    """A relative path that stays below where it starts."""
    if value.startswith("/"):
        errors.invalid(path, value, "must be a relative path")
    no_backsteps(value, path, errors)


def local_non_reserved(value: str, path: str, errors: Errors) -> None:
    """A relative path that does not begin with two dots: those names are the atomic writer's."""
    local_descending(value, path, errors)
    if value.startswith("..") and not value.startswith("../"):
        errors.invalid(path, value, "must not start with '..'")


def file_mode(mode: int | None, path: str, errors: Errors) -> None:
    """A file's permission bits."""
    if mode is not None and not 0 <= mode <= 0o777:
        errors.invalid(path, mode, FILE_MODE)

"""Field errors as they are found: a list that knows how to say each kind of fault.

Paths are plain strings (`spec.containers[0].name`): a validation that finds nothing builds few of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from minik8s.machinery import field_errors
from minik8s.machinery.field_errors import FieldError

NOT_NEGATIVE = "must be greater than or equal to 0"
NOT_POSITIVE = "must be greater than zero"
IMMUTABLE = "field is immutable"


class Errors(list[FieldError]):
    """What is wrong with an object, in the order in which it was found."""

    __slots__ = ()

    def invalid(self, path: str, value: object, detail: str) -> None:
        """A value that breaks a rule."""
        self.append(field_errors.invalid(path, value, detail))

    def invalid_each(self, path: str, value: object, details: Iterable[str]) -> None:
        """One fault for each message of a format check."""
        for detail in details:
            self.append(field_errors.invalid(path, value, detail))

    def required(self, path: str, detail: str = "") -> None:
        """A value that is missing."""
        self.append(field_errors.required(path, detail))

    def forbidden(self, path: str, detail: str) -> None:
        """A value that may not be there, or not change."""
        self.append(field_errors.forbidden(path, detail))

    def not_supported(self, path: str, value: object, supported: Sequence[str]) -> None:
        """A value that is not one of a few."""
        self.append(field_errors.not_supported(path, value, supported))

    def duplicate(self, path: str, value: object, detail: str = "") -> None:
        """A value that was there before."""
        self.append(field_errors.duplicate(path, value, detail))

    def not_found(self, path: str, value: object, detail: str = "") -> None:
        """A reference to nothing."""
        self.append(field_errors.not_found(path, value, detail))

    def too_long(self, path: str, limit: int) -> None:
        """More bytes than allowed."""
        self.append(field_errors.too_long(path, limit))

    def too_many(self, path: str, count: int, limit: int) -> None:
        """More items than allowed."""
        self.append(field_errors.too_many(path, count, limit))

    def internal(self, path: str, detail: str) -> None:
        """A fault of the server's own."""
        self.append(field_errors.internal_error(path, detail))

    def not_negative(self, path: str, value: int) -> None:
        """A number that must not be below zero, and may be."""
        if value < 0:
            self.append(field_errors.invalid(path, value, NOT_NEGATIVE))

    def positive(self, path: str, value: int) -> None:
        """A number that must be above zero, and may not be."""
        if value <= 0:
            self.append(field_errors.invalid(path, value, NOT_POSITIVE))

    def immutable(self, path: str, new: object, old: object, quoted: object = None) -> None:
        """A field that must stay as it is; `quoted` is how the message shows the new value."""
        if new != old:
            self.append(field_errors.invalid(path, new if quoted is None else quoted, IMMUTABLE))

"""Whether a toleration covers a taint."""

from __future__ import annotations

from minik8s.api.core_v1 import Taint, Toleration


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator in ("", "Equal"):
        return toleration.value == taint.value
    if toleration.operator == "Exists":
        return True
    if toleration.operator not in ("Lt", "Gt"):
        return False
    try:
        mine, theirs = int(toleration.value), int(taint.value)
    except ValueError:
        return False
    return theirs < mine if toleration.operator == "Lt" else theirs > mine

"""Why a driver's call failed, in words and codes; without gRPC, so that it costs nothing to know them."""

from __future__ import annotations

from kubelet.volumes.types import VolumeError

PLUGIN = "kubernetes.io/csi"
# Whether the driver still works on the call is not known after these.
_UNFINISHED = frozenset({"Canceled", "DeadlineExceeded", "Unavailable", "ResourceExhausted", "Aborted"})
_INFEASIBLE = frozenset({"InvalidArgument", "OutOfRange", "NotFound"})


class CSIError(VolumeError):
    """A call to a driver failed; `code` is gRPC's, "" when the driver was not asked at all."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code

    @property
    def finished(self) -> bool:
        """Whether it is certain that the driver does nothing more about the call."""
        return bool(self.code) and self.code not in _UNFINISHED

    @property
    def infeasible(self) -> bool:
        """Whether asking again cannot help."""
        return self.code in _INFEASIBLE


class NotRegistered(CSIError):
    """There is no such driver on this node now."""

    def __init__(self, driver: str) -> None:
        super().__init__(f"driver name {driver} not found in the list of registered CSI drivers")


def rpc_error(code: str, details: str) -> CSIError:
    """The error of a call, worded as Go programs word it; `code` as gRPC for Python names it."""
    name = "".join(part.capitalize() for part in code.split("_")).replace("Cancelled", "Canceled")
    name = {"Ok": "OK"}.get(name, name)
    return CSIError(f"rpc error: code = {name} desc = {details}", name)


def said(message: str) -> str:
    """A message of the CSI part of the kubelet."""
    return f"{PLUGIN}: {message}"

"""What etcd's refusals mean: which may be tried again, and what the caller is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from apiserver.storage.store import Compacted, FutureRevision, StoreError, StoreUnavailable, ValueTooLarge

if TYPE_CHECKING:
    from grpc.aio import AioRpcError

_AGAIN = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.INTERNAL,
    }
)


def passing(error: AioRpcError) -> bool:
    """Whether another attempt, perhaps at another member, may do better; the call may have been carried out."""
    return error.code() in _AGAIN or overloaded(error)


def overloaded(error: AioRpcError) -> bool:
    """Whether the member had too much to do: the call was certainly not carried out."""
    return error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and "too many requests" in (error.details() or "")


def translated(error: AioRpcError, endpoint: str, revision: int = 0) -> StoreError:
    """A failed call as one of the store's errors; `revision` is the one that was asked for."""
    text = error.details() or error.code().name
    # Compacted and future revisions share one code: only the text tells them apart.
    if "has been compacted" in text:
        return Compacted(revision)
    if "is a future revision" in text:
        return FutureRevision(f"revision {revision} is later than the current one")
    if "request is too large" in text or "message larger than max" in text:
        return ValueTooLarge("etcdserver: request is too large")
    if "database space exceeded" in text:
        return StoreError(
            f"{text}: etcd at {endpoint} takes no more writes; free its history (etcdctl compact, defrag), "
            "then etcdctl alarm disarm, or raise --quota-backend-bytes"
        )
    if passing(error):
        return StoreUnavailable(f"etcd at {endpoint} does not answer: {text}")
    return StoreError(f"etcd at {endpoint} refused: {text}")

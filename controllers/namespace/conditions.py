"""The conditions that tell why a namespace is not gone yet."""

from __future__ import annotations

from collections import Counter

from controllers.namespace.content import Left
from minik8s.api.core_v1 import NamespaceCondition

_Words = tuple[str, str, str]
"""Status, reason and message."""


def conditions_of(left: Left) -> list[NamespaceCondition]:
    """All five conditions."""
    told: dict[str, _Words] = {
        "NamespaceDeletionDiscoveryFailure": _discovery(left),
        "NamespaceDeletionGroupVersionParsingFailure": (
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        "NamespaceDeletionContentFailure": _failures(left),
        "NamespaceContentRemaining": _remaining(left),
        "NamespaceFinalizersRemaining": _finalizers(left),
    }
    return [NamespaceCondition(type=t, status=s, reason=r, message=m) for t, (s, r, m) in told.items()]


def _discovery(left: Left) -> _Words:
    if not left.undiscovered:
        return "False", "ResourcesDiscovered", "All resources successfully discovered"
    unable = "the server is currently unable to handle the request"
    named = ", ".join(f"{version}: {unable}" for version in left.undiscovered)
    message = (
        f"Discovery failed for some groups, {len(left.undiscovered)} failing: "
        f"unable to retrieve the complete list of server APIs: {named}"
    )
    return "True", "DiscoveryFailed", message


def _failures(left: Left) -> _Words:
    if not left.failures:
        text = "All content successfully deleted, may be waiting on finalization"
        return "False", "ContentDeleted", text
    message = f"Failed to delete all resource types, {len(left.failures)} remaining: {'; '.join(left.failures)}"
    return "True", "ContentDeletionFailed", message


def _remaining(left: Left) -> _Words:
    if not left.resources:
        return "False", "ContentRemoved", "All content successfully removed"
    message = _counted(left.resources, "{} has {} resource instances")
    return "True", "SomeResourcesRemain", f"Some resources are remaining: {message}"


def _finalizers(left: Left) -> _Words:
    if not left.finalizers:
        return "False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"
    message = _counted(left.finalizers, "{} in {} resource instances")
    return "True", "SomeFinalizersRemain", f"Some content in the namespace has finalizers remaining: {message}"


def _counted(counts: Counter[str], words: str) -> str:
    return ", ".join(sorted(words.format(name, count) for name, count in counts.items()))

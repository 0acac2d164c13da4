"""Image references: which tag an image name means."""

from __future__ import annotations

import re
from functools import lru_cache

_DOMAIN_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}"
_REFERENCE = re.compile(
    rf"(?P<name>{_DOMAIN}/{_PATH_PART}(?:/{_PATH_PART})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>{_DIGEST}))?",
    re.ASCII,
)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_MAX_NAME = 255


@lru_cache(maxsize=4096)
def tag_of(image: str) -> str:
    """The tag of an image reference: "latest" when neither tag nor digest is given, "" when it has none."""
    if _IDENTIFIER.fullmatch(image):
        return ""
    head, slash, rest = image.partition("/")
    if not slash or not ("." in head or ":" in head or head == "localhost" or head.lower() != head):
        head, rest = "docker.io", image if slash else f"library/{image}"
    match = _REFERENCE.fullmatch(f"{head}/{rest}")
    if match is None or len(match["name"]) > _MAX_NAME:
        return ""
    if match["tag"] is None and match["digest"] is None:
        return "latest"
    return match["tag"] or ""


def default_pull_policy(image: str) -> str:
    """The pull policy of an image whose author named none: Always for the latest tag."""
    return "Always" if tag_of(image) == "latest" else "IfNotPresent"

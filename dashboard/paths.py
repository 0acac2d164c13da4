"""Which paths of the API server a page may ask for."""

from __future__ import annotations

from urllib.parse import unquote

_ROOTS = ("api", "apis", "openapi", "version", "readyz", "livez")
_PROXIED = ("pods", "services", "nodes")


def refusal(target: str) -> str:
    """Why a path (percent-encoded, with or without a query) is not passed on; "" when it is.

    Pages of Pods, Services and nodes (`…/proxy/…`) are not: they would be on the console's own origin.
    """
    # Blanks and line ends would be a second line of the request.
    if any(not "!" <= letter <= "~" for letter in target):
        return "the console passes on paths that are percent-encoded"
    path = target.partition("?")[0]
    parts = [unquote(part) for part in path.split("/")]
    if len(parts) < 2 or parts[0] or parts[1] not in _ROOTS:
        return f"the console does not pass on {path}"
    if any(part in (".", "..") or "/" in part or "\\" in part for part in parts):
        return f"the console does not pass on {path}: it leaves its folder"
    for index, part in enumerate(parts):
        if part == "proxy" and index >= 3 and parts[index - 2] in _PROXIED:
            return "the console does not show what Pods, Services and nodes serve: use `minik8s proxy` or port-forward"
    return ""

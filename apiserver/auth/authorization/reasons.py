"""What a refused request is told."""

from __future__ import annotations

import json

from apiserver.auth.errors import StatusError, forbidden
from apiserver.auth.protocols import Attributes

_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def refusal_text(attributes: Attributes) -> str:
    """Who cannot do what where, without a reason."""
    who = _quoted(attributes.user.name)
    if not attributes.resource_request:
        return f"User {who} cannot {attributes.verb} path {_quoted(attributes.path)}"
    resource = attributes.resource
    if attributes.subresource:
        resource += "/" + attributes.subresource
    what = (
        f"User {who} cannot {attributes.verb} resource {_quoted(resource)} in API group {_quoted(attributes.api_group)}"
    )
    if attributes.namespace:
        return f"{what} in the namespace {_quoted(attributes.namespace)}"
    return f"{what} at the cluster scope"


def refusal(attributes: Attributes, reason: str = "") -> StatusError:
    """The 403 for a request no authorizer allowed; `reason` is the authorizers' own."""
    why = refusal_text(attributes).translate(_MARKUP)
    if reason:
        why = f"{why}: {reason}"
    return forbidden(attributes.api_group, attributes.resource, attributes.name, why)

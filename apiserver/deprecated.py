"""What of Kubernetes' own API is on its way out: who asks for it is told, and counted."""

from __future__ import annotations

DEPRECATED = {
    ("", "endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ("", "componentstatuses"): "v1 ComponentStatus is deprecated in v1.19+",
}
"""The warning by group and plural name."""

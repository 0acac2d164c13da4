"""Owners that are named twice."""

from __future__ import annotations

import msgspec

from apiserver.call import Call
from minik8s.api.objects import Object

_WARNING = (
    ".metadata.ownerReferences contains duplicate entries{}; API server dedups owner references in 1.20+, and may "
    "reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}"
)


def without_duplicates(call: Call, obj: Object) -> None:
    """Keep the first of equal owner references, and warn of the others."""
    owners = obj.metadata.owner_references
    if len(owners) < 2:
        return
    kept = []
    # By their bytes: comparing each with each takes seconds where a client names thousands.
    seen: set[bytes] = set()
    twice: dict[str, None] = {}
    for owner in owners:
        text = msgspec.json.encode(owner)
        if text in seen:
            twice[owner.uid] = None
        else:
            seen.add(text)
            kept.append(owner)
    if twice:
        obj.metadata.owner_references = kept
        # What a patch makes is looked at once, with what admission made of it.
        when = " after mutating admission happens" if call.info.verb == "patch" else ""
        call.warnings.append(_WARNING.format(when, ", ".join(twice)))

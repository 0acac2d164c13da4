"""What the steps of the request chain work with."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

from apiserver.audit.record import Auditor
from apiserver.auth.setup import Auth
from apiserver.call import Call
from apiserver.fairness.gate import Gate
from apiserver.measures.access import AccessTallies


@dataclasses.dataclass(slots=True)
class Services:
    """Who decides about a request: identity and rights, what is written down, how many may work at once.

    `stored` counts the objects of a group, version and resource.
    """

    auth: Auth
    auditor: Auditor
    gate: Gate
    stored: Callable[[str, str, str], int] = lambda group, version, resource: 0
    access: AccessTallies = dataclasses.field(default_factory=AccessTallies)


Step = Callable[[Call, Services], Awaitable[None]]

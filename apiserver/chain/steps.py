"""The request chain in order. What follows it is the verb (`apiserver.rest.dispatch`) or a path."""

from __future__ import annotations

from apiserver.chain.auditing import audit
from apiserver.chain.authentication import authenticate
from apiserver.chain.authorization import authorize
from apiserver.chain.impersonation import impersonate
from apiserver.chain.seating import seat
from apiserver.chain.services import Step

CHAIN: tuple[Step, ...] = (authenticate, audit, impersonate, seat, authorize)

"""Acting as someone else: the Impersonate-* headers and who may use them.

The constrained modes are tried first (`impersonate:MODE` on the user together with `impersonate-on:MODE:VERB` on
the request), then the old one (`impersonate` alone).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.errors import StatusError, bad_request
from apiserver.auth.protocols import (
    ANONYMOUS,
    AUTHENTICATED,
    MASTERS,
    NODE_PREFIX,
    NODES,
    SERVICE_ACCOUNT_PREFIX,
    SERVICE_ACCOUNTS,
    UNAUTHENTICATED,
    Attributes,
    Authorizer,
    User,
)

GROUP = "authentication.k8s.io"

_USER = b"impersonate-user"
_UID = b"impersonate-uid"
_GROUP_HEADER = b"impersonate-group"
_EXTRA = b"impersonate-extra-"
_PREFIX = b"impersonate-"
_NODE_NAME_EXTRA = "authentication.kubernetes.io/node-name"
_OLD = ""
_REMEMBERED = 10_000
_MANY = 4  # from this many checks on, the wildcard is asked about first
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


class Impersonated(NamedTuple):
    """Whom the request acts as; `constraint` is the constrained mode's verb, "" for the old mode."""

    user: User
    constraint: str


def requested(headers: Sequence[tuple[bytes, bytes]]) -> User | None:
    """The user the headers ask for, as they say it; None without any. Raises StatusError (400)."""
    name = uid = ""
    groups: list[str] = []
    extra: dict[str, tuple[str, ...]] = {}
    asked = False
    for key, raw in headers:
        if not key.startswith(_PREFIX):
            continue
        value = raw.decode("utf-8", "surrogateescape")
        if key == _USER:
            name = name or value
        elif key == _UID:
            uid = uid or value
            asked = asked or bool(value)
        elif key == _GROUP_HEADER:
            groups.append(value)
            asked = True
        elif key.startswith(_EXTRA):
            what = unquote(key[len(_EXTRA) :].decode("latin-1"))
            extra[what] = (*extra.get(what, ()), value)
            asked = True
    if name:
        return User(name, tuple(groups), uid, extra)
    if asked:
        raise bad_request(f"requested {_go_user(uid, groups, extra)} without impersonating a user name")
    return None


def _go_user(uid: str, groups: Sequence[str], extra: dict[str, tuple[str, ...]]) -> str:
    def strings(items: Sequence[str]) -> str:
        return "[]string{" + ", ".join(json.dumps(item) for item in items) + "}"

    listed = strings(groups) if groups else "[]string(nil)"
    mapped = "map[string][]string(nil)"
    if extra:
        pairs = ", ".join(f"{json.dumps(key)}:{strings(values)}" for key, values in sorted(extra.items()))
        mapped = "map[string][]string{" + pairs + "}"
    return f'&user.DefaultInfo{{Name:"", UID:{json.dumps(uid)}, Groups:{listed}, Extra:{mapped}}}'


def _service_account(name: str) -> tuple[str, str] | None:
    if not name.startswith(SERVICE_ACCOUNT_PREFIX):
        return None
    namespace, _, account = name[len(SERVICE_ACCOUNT_PREFIX) :].partition(":")
    if len(namespace) > 63 or not _LABEL.fullmatch(namespace) or not _is_subdomain(account):
        return None
    return namespace, account


def _is_subdomain(name: str) -> bool:
    return len(name) <= 253 and _SUBDOMAIN.fullmatch(name) is not None


def _node(name: str) -> str:
    node = name[len(NODE_PREFIX) :] if name.startswith(NODE_PREFIX) else ""
    return node if _is_subdomain(node) else ""


def _modes(wanted: User, requestor: User) -> list[str]:
    """The constrained modes that fit, most particular first."""
    only_name = not (wanted.groups or wanted.uid or wanted.extra)
    node = _node(wanted.name)
    account = _service_account(wanted.name)
    modes = []
    if only_name and node:
        if _service_account(requestor.name) and requestor.extra.get(_NODE_NAME_EXTRA) == (node,):
            modes.append("associated-node")
        modes.append("arbitrary-node")
    if only_name and account:
        modes.append("serviceaccount")
    if not node and not account:
        modes.append("user-info")
    return modes


class Impersonation:
    """Decides whether a request may act as the user its headers name."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        # The mode in which a user last succeeded; most users keep to one.
        self._last: dict[str, str] = {}

    async def resolve(self, wanted: User, attributes: Attributes) -> Impersonated:
        """The user to act as, with the groups it gets. `attributes` are the request's own; raises StatusError (403)."""
        first: StatusError | None = None
        asker = attributes.user.name
        modes = [*_modes(wanted, attributes.user), _OLD]
        last = self._last.get(asker)
        if last in modes:
            modes.remove(last)
            modes.insert(0, last)
        for mode in modes:
            try:
                if mode == _OLD:
                    found = Impersonated(await self._check(wanted, attributes.user, ""), "")
                else:
                    found = await self._constrained(mode, wanted, attributes)
            except StatusError as error:
                first = first or error
                continue
            if len(self._last) >= _REMEMBERED:
                self._last.clear()
            self._last[asker] = mode
            return found
        assert first is not None
        raise first

    async def _constrained(self, mode: str, wanted: User, attributes: Attributes) -> Impersonated:
        asker = attributes.user
        if mode == "associated-node":
            # The decision must hold for every node the account runs on: the node itself stays out of it.
            keys = tuple(sorted(asker.extra))
            asker = msgspec.structs.replace(asker, extra={"authentication.kubernetes.io/associated-node-keys": keys})
        verb = f"impersonate-on:{mode}:{attributes.verb}"
        await self._require(msgspec.structs.replace(attributes, user=asker, verb=verb))
        return Impersonated(await self._check(wanted, asker, mode), f"impersonate:{mode}")

    async def _check(self, wanted: User, asker: User, mode: str) -> User:
        verb = f"impersonate:{mode}" if mode else "impersonate"
        group = GROUP if mode else ""
        groups = wanted.groups
        base = Attributes(asker, verb, api_group=group, api_version="v1")
        asked = msgspec.structs.replace(base, resource="users", name=wanted.name)
        node = _node(wanted.name) if mode else ""
        account = _service_account(wanted.name)
        if node:
            name = "*" if mode == "associated-node" else node
            asked = msgspec.structs.replace(base, resource="nodes", name=name)
            groups = (NODES,)
        elif account:
            namespace, name = account
            asked = msgspec.structs.replace(base, resource="serviceaccounts", namespace=namespace, name=name)
            groups = groups or (SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}")
        await self._require(asked)
        own = Attributes(asker, verb, api_group=GROUP, api_version="v1")
        if wanted.uid:
            await self._require(msgspec.structs.replace(own, resource="uids", name=wanted.uid))
        await self._check_groups(wanted.groups, msgspec.structs.replace(base, resource="groups"), mode)
        await self._check_extra(wanted, msgspec.structs.replace(own, resource="userextras"), mode)
        if wanted.name == ANONYMOUS:
            if UNAUTHENTICATED not in groups:
                groups = (*groups, UNAUTHENTICATED)
        elif UNAUTHENTICATED not in groups and AUTHENTICATED not in groups:
            groups = (*groups, AUTHENTICATED)
        return User(wanted.name, groups, wanted.uid, wanted.extra)

    async def _check_groups(self, groups: tuple[str, ...], asked: Attributes, mode: str) -> None:
        if mode:
            if "" in groups:
                raise refusal(asked, "impersonating the empty string group is not allowed")
            if MASTERS in groups:
                named = msgspec.structs.replace(asked, name=MASTERS)
                raise refusal(named, "impersonating the system:masters group is not allowed")
            if len(groups) >= _MANY and await self._allowed(msgspec.structs.replace(asked, name="*")):
                return
        for group in groups:
            await self._require(msgspec.structs.replace(asked, name=group))

    async def _check_extra(self, wanted: User, asked: Attributes, mode: str) -> None:
        if mode:
            for key, values in wanted.extra.items():
                if not key:
                    raise refusal(asked, "impersonating the empty string key in extra is not allowed")
                if key != key.lower():
                    raise refusal(asked, f'impersonating a non-lowercase key in extra is not allowed: "{key}"')
                if "" in values:
                    raise refusal(asked, "impersonating the empty string value in extra is not allowed")
            if sum(map(len, wanted.extra.values())) >= _MANY and await self._allowed(
                msgspec.structs.replace(asked, subresource="*", name="*")
            ):
                return
        for key, values in wanted.extra.items():
            for value in values:
                await self._require(msgspec.structs.replace(asked, subresource=key, name=value))

    async def _allowed(self, asked: Attributes) -> bool:
        return (await self._authorizer.authorize(asked)).allowed

    async def _require(self, asked: Attributes) -> None:
        decision = await self._authorizer.authorize(asked)
        if not decision.allowed:
            raise refusal(asked, ": ".join(text for text in (decision.error, decision.reason) if text))

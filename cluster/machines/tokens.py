"""Bootstrap tokens: `id.secret`, kept as Secrets in kube-system until they expire."""

from __future__ import annotations

import dataclasses
import re
import secrets
import string
from datetime import datetime, timedelta

from minik8s.api.core_v1 import Secret
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery.times import TimeError, format_time, parse_time

NAMESPACE = "kube-system"
TYPE = "bootstrap.kubernetes.io/token"
PREFIX = "bootstrap-token-"
USAGES = ("signing", "authentication")
DEFAULT_GROUP = "system:bootstrappers:kubeadm:default-node-token"
DEFAULT_TTL = 24 * 3600.0
PATTERN = r"\A([a-z0-9]{6})\.([a-z0-9]{16})\z"
ID_PATTERN = r"\A([a-z0-9]{6})\z"
_TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})")
_ID = re.compile(r"[a-z0-9]{6}")
_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")
_USAGE = "usage-bootstrap-"


class TokenError(ValueError):
    """The text is no token, or the token cannot be as asked for."""


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """One token; `expires` None is never."""

    id: str
    secret: str
    description: str = ""
    expires: datetime | None = None
    usages: tuple[str, ...] = USAGES
    groups: tuple[str, ...] = (DEFAULT_GROUP,)

    def __str__(self) -> str:
        return f"{self.id}.{self.secret}"


def split(text: str) -> tuple[str, str]:
    """Id and secret. Raises TokenError."""
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise TokenError(f'the bootstrap token "{text}" was not of the form "{PATTERN}"')
    return match[1], match[2]


def id_of(text: str) -> str:
    """The id, of an id alone or of a whole token. Raises TokenError."""
    if _ID.fullmatch(text):
        return text
    match = _TOKEN.fullmatch(text)
    if match is None:
        raise TokenError(f'given token didn\'t match pattern "{PATTERN}" or "{ID_PATTERN}"')
    return match[1]


def generate() -> str:
    """A fresh token."""
    letters = string.ascii_lowercase + string.digits
    drawn = "".join(secrets.choice(letters) for _ in range(22))
    return f"{drawn[:6]}.{drawn[6:]}"


def make(
    text: str,
    now: datetime,
    ttl: float = DEFAULT_TTL,
    description: str = "",
    usages: tuple[str, ...] = USAGES,
    groups: tuple[str, ...] = (DEFAULT_GROUP,),
) -> Token:
    """A token that is good for `ttl` seconds from now, for ever when 0. Raises TokenError."""
    token_id, secret = split(text or generate())
    for usage in usages:
        if usage not in USAGES:
            raise TokenError(f"invalid bootstrap token usage string {usage!r}: valid usages are {', '.join(USAGES)}")
    for group in groups:
        if _GROUP.fullmatch(group) is None:
            raise TokenError(f'bootstrap group "{group}" is invalid (must match \\A{_GROUP.pattern}\\z)')
    if groups and "authentication" not in usages:
        raise TokenError("token groups cannot be set without the usage authentication")
    if ttl < 0:
        raise TokenError("the time to live of a token cannot be negative")
    expires = (now + timedelta(seconds=ttl)).replace(microsecond=0) if ttl else None
    return Token(token_id, secret, description, expires, usages, groups)


def to_secret(token: Token) -> Secret:
    """The Secret that holds it."""
    data = {"token-id": token.id, "token-secret": token.secret}
    if token.description:
        data["description"] = token.description
    if token.expires is not None:
        data["expiration"] = format_time(token.expires)
    data |= {f"{_USAGE}{usage}": "true" for usage in token.usages}
    if token.groups:
        data["auth-extra-groups"] = ",".join(token.groups)
    return Secret(
        metadata=ObjectMeta(name=PREFIX + token.id, namespace=NAMESPACE),
        type=TYPE,
        data={key: value.encode() for key, value in data.items()},
    )


def from_secret(secret: Secret) -> Token:
    """The token a Secret holds. Raises TokenError for one that is none."""
    data = {key: value.decode("utf-8", "replace") for key, value in secret.data.items()}
    name = secret.metadata.name
    token_id = data.get("token-id", "")
    if name != PREFIX + token_id:
        raise TokenError(f'bootstrap token name is not of the form "{PREFIX}(token-id)": "{name}"')
    split(f"{token_id}.{data.get('token-secret', '')}")
    expires = None
    if data.get("expiration"):
        try:
            expires = parse_time(data["expiration"])
        except TimeError:
            raise TokenError(f'can\'t parse expiration time of bootstrap token "{name}"') from None
    usages = tuple(
        sorted(key.removeprefix(_USAGE) for key, v in data.items() if key.startswith(_USAGE) and v == "true")
    )
    groups = tuple(filter(None, data.get("auth-extra-groups", "").split(",")))
    return Token(token_id, data["token-secret"], data.get("description", ""), expires, usages, groups)


def row(token: Token, now: datetime) -> list[str]:
    """A token as `token list` shows it."""
    ttl, expires = "<forever>", "<never>"
    if token.expires is not None:
        ttl = short_duration((token.expires - now).total_seconds())
        expires = format_time(token.expires)
    return [
        str(token),
        ttl,
        expires,
        ",".join(token.usages) or "<none>",
        token.description or "<none>",
        ",".join(token.groups) or "<none>",
    ]


HEAD = ["TOKEN", "TTL", "EXPIRES", "USAGES", "DESCRIPTION", "EXTRA GROUPS"]


def short_duration(seconds: float) -> str:
    """As Kubernetes shortens durations: the largest unit alone."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    for size, unit in ((365 * 86400, "y"), (86400, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"

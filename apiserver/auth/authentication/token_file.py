"""The static token file (--token-auth-file): lines of token, user, uid and, quoted, groups joined by commas."""

from __future__ import annotations

import csv
from pathlib import Path

import structlog

from apiserver.auth.protocols import Authenticated, User

log = structlog.get_logger("apiserver.auth")


class TokenFileError(Exception):
    """The token file cannot be read or has a line that says too little."""


class TokenFileAuthenticator:
    """Accepts the tokens of the file, read once at start."""

    def __init__(self, tokens: dict[str, Authenticated]) -> None:
        self._tokens = tokens

    @classmethod
    def load(cls, path: str) -> TokenFileAuthenticator:
        """The file's tokens. Raises TokenFileError."""
        tokens: dict[str, Authenticated] = {}
        try:
            with Path(path).open(newline="", encoding="utf-8") as file:
                for number, row in enumerate(csv.reader(file), start=1):
                    if not row:
                        continue
                    if len(row) < 3:
                        raise TokenFileError(
                            f"token file {path}: line {number} must have at least 3 columns "
                            f"(token, user name, user uid), found {len(row)}"
                        )
                    token, name, uid = (column.strip() for column in row[:3])
                    if not token:
                        log.warning("empty token in the token file is ignored", file=path, line=number)
                        continue
                    if token in tokens:
                        log.warning("token stands twice in the token file, the later is used", file=path, line=number)
                    groups = tuple(group.strip() for group in row[3].split(",")) if len(row) > 3 and row[3] else ()
                    tokens[token] = Authenticated(User(name, groups, uid))
        except OSError as error:
            raise TokenFileError(f"cannot read token file {path}: {error.strerror}") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise TokenFileError(f"token file {path}: {error}") from error
        return cls(tokens)

    async def authenticate_token(self, token: str, audiences: tuple[str, ...]) -> Authenticated | None:
        """The token's user."""
        return self._tokens.get(token)

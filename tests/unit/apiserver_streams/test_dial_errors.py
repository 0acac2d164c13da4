"""Why a connection cannot be made, in the words of Go's dialer."""

from __future__ import annotations

import errno
import socket

import pytest

from apiserver.streams.dial_errors import dialing


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "dial tcp n1:10250: connect: connection refused"),
        (TimeoutError(), "dial tcp n1:10250: i/o timeout"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "dial tcp: lookup n1: no such host"),
        (
            socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
            "dial tcp: lookup n1: Temporary failure in name resolution",
        ),
    ],
)
def test_words(error: OSError, said: str) -> None:
    assert dialing("n1", 10250, error) == said

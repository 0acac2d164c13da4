"""`/statusz` and `/flagz`: which form for which Accept header, and what stands in them."""

from __future__ import annotations

import time

import click
import msgspec
import pytest
import yaml

from apiserver.auth.errors import StatusError
from apiserver.zpages import FLAGS, STATUS, ZPages

KIND = "g=config.k8s.io;as=Statusz"


@pytest.mark.parametrize("accept", ["", "*/*", "text/*", "text/plain", "application/json, text/plain"])
def test_people_get_text(accept: str) -> None:
    body, media, warning = ZPages(time.time() - 3725).page(STATUS, accept)
    assert (media, warning) == (b"text/plain; charset=utf-8", "")
    text = body.decode()
    assert text.startswith("\napiserver statusz\nWarning: ")
    assert "1 hr 02 min 05 sec" in text and "/flagz /healthz /livez /metrics /readyz /statusz /version\n" in text


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "application/*",
        "image/png",
        "text/plain;as=Statusz",
        f"application/json;v=v1;{KIND}",
        "application/json;v=v1beta1;g=config.k8s.io;as=Flagz",
    ],
)
def test_other_forms_are_refused(accept: str) -> None:
    with pytest.raises(StatusError) as raised:
        ZPages(0).page(STATUS, accept)
    assert raised.value.status.code == 406
    assert raised.value.status.message.endswith(": application/json, application/yaml, text/plain")


def test_programs_get_a_kind() -> None:
    body, media, warning = ZPages(time.time() - 7).page(STATUS, f"text/plain;q=0.1, application/json;v=v1beta1;{KIND}")
    found = msgspec.json.decode(body)
    assert (found["apiVersion"], found["kind"], found["binaryVersion"]) == ("config.k8s.io/v1beta1", "Statusz", "1.36")
    assert found["uptimeSeconds"] in (7, 8) and not warning
    assert media == b"application/json;g=config.k8s.io;v=v1beta1;as=Statusz"
    older = ZPages(0).page(STATUS, f"application/yaml;v=v1alpha1;{KIND}")
    assert yaml.safe_load(older[0])["apiVersion"] == "config.k8s.io/v1alpha1"
    assert older[2] == "This version of the statusz endpoint is deprecated. Please use a newer version."


def test_flags_are_those_of_the_command() -> None:
    @click.command()
    @click.option("--port", "-p", default=1)
    @click.option("--mode", multiple=True)
    @click.option("--open/--closed", default=False)
    @click.option("--file")
    @click.pass_context
    def command(context: click.Context, **_: object) -> dict[str, str]:
        return ZPages(0).flags()

    found = command.main(["-p", "3", "--mode", "a", "--mode", "b"], standalone_mode=False)
    assert found == {"file": "", "mode": "[a,b]", "open": "false", "port": "3"}
    assert ZPages(0).flags() == {}
    body, _, _ = ZPages(0).page(FLAGS, "application/json;v=v1beta1;g=config.k8s.io;as=Flagz")
    assert msgspec.json.decode(body)["flags"] == {}

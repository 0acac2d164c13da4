"""What the console itself answers: its files, texts as objects, reasons; and how it is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner

from dashboard import documents
from dashboard.__main__ import main
from dashboard.reasons import tree
from minik8s.why.causes import Cause
from tests.unit.dashboard.console import Running


async def test_files_are_sent_once(console: Running) -> None:
    headers = console.signed_in()
    async with console.browser.get(console.url(), headers=headers) as answer:
        html = await answer.text()
        assert '<link rel="modulepreload" href="core/watch.js">' in html and "<!-- preloads -->" not in html
    async with console.browser.get(console.url("css/base.css"), headers=headers) as answer:
        assert answer.content_type == "text/css"
        # What a browser has loaded it need not load again when loading breaks off.
        assert "immutable" in answer.headers["Cache-Control"]
        tag = answer.headers["ETag"]
    async with console.browser.get(console.url("css/base.css"), headers=headers | {"If-None-Match": tag}) as answer:
        assert answer.status == 304
    for name in ("package.json", "../__main__.py", "%2e%2e/app.py", "core"):
        async with console.browser.get(console.url(name), headers=headers) as answer:
            assert answer.status in (401, 404), name


async def test_where_we_are(console: Running) -> None:
    async with console.browser.get(console.url("console/session"), headers=console.signed_in()) as answer:
        found = await answer.json()
    assert (found["context"], found["namespace"]) == ("lab", "shop")


async def test_healthz_needs_no_session(console: Running) -> None:
    async with console.browser.get(f"{console.origin}/healthz") as answer:
        assert (answer.status, await answer.text()) == (200, "ok")


def test_texts_are_objects() -> None:
    text = """
# a comment
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {at: 2026-01-02T03:04:05Z}}}
---
---
{"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "b-"}}
"""
    first, second = documents.objects(text)
    assert first["metadata"]["annotations"]["at"] == "2026-01-02T03:04:05Z"
    assert second["metadata"] == {"generateName": "b-"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\nb: 2", "this is not YAML: line 2, column 2"),
        ("a: b: c", "line 1"),
        ("", "no object"),
        ("- a", "an object is a map, not list"),
        ("kind: Pod", "apiVersion is not set"),
        ("apiVersion: v1", "kind is not set"),
        ("apiVersion: v1\nkind: Pod", "metadata.name is not set"),
        ("a: b\n---\n3", "document 1: apiVersion is not set"),
        ("!!python/object/apply:os.system ['true']", "this is not YAML"),
    ],
)
def test_other_texts_are_told_where_they_fail(text: str, said: str) -> None:
    with pytest.raises(documents.DocumentError, match=said.replace("(", r"\(")):
        documents.objects(text)


async def test_texts_over_http(console: Running) -> None:
    async def parse(text: str) -> tuple[int, Any]:
        url, headers = console.url("console/parse"), console.signed_in()
        async with console.browser.post(url, json={"text": text}, headers=headers) as answer:
            return answer.status, await answer.json()

    code, found = await parse("apiVersion: v1\nkind: Pod\nmetadata: {name: a}")
    assert (code, found["objects"][0]["metadata"]["name"]) == (200, "a")
    code, found = await parse("a: b: c")
    assert (code, found["kind"]) == (400, "Status") and "line 1" in found["message"]


def test_causes_as_the_page_reads_them() -> None:
    assert tree([Cause("a", [Cause("b")])]) == [{"text": "a", "behind": [{"text": "b", "behind": []}]}]


async def test_reasons_over_http(console: Running) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "a"}, "spec": {"containers": []}}

    async def serve(request: web.Request) -> Any:
        if request.path.endswith("/pods/p"):
            return web.json_response(pod)
        return web.json_response({"kind": "Status", "code": 404, "message": "not found"}, status=404)

    console.answer = serve
    headers = console.signed_in()
    async with console.browser.get(
        console.url("console/why"), params={"path": "/api/v1/namespaces/a/pods/p"}, headers=headers
    ) as answer:
        assert "has not looked at it yet" in (await answer.json())["causes"][0]["text"]
    for path, code in (("/api/v1/namespaces/a/pods/q", 404), ("/metrics", 403)):
        async with console.browser.get(console.url("console/why"), params={"path": path}, headers=headers) as answer:
            assert answer.status == code and (await answer.json())["kind"] == "Status"


def kubeconfig(folder: Path) -> str:
    path = folder / "config"
    path.write_text(
        json.dumps(
            {
                "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
                "contexts": [{"name": "x", "context": {"cluster": "c"}}],
                "current-context": "x",
            }
        )
    )
    return str(path)


def test_without_tls_it_listens_on_loopback_only(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["--kubeconfig", kubeconfig(tmp_path), "--address", "0.0.0.0", "--no-browser"])
    assert found.exit_code == 1
    assert "0.0.0.0 is not loopback" in found.output and "ssh -L" in found.output


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["--kubeconfig", str(tmp_path / "none"), "--no-browser"])
    assert found.exit_code == 1 and "No such file" in found.output and "Traceback" not in found.output
    found = CliRunner().invoke(main, ["--kubeconfig", kubeconfig(tmp_path), "--context", "y", "--no-browser"])
    assert found.exit_code == 1 and 'context "y" does not exist' in found.output

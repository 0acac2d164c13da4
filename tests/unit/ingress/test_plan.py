from __future__ import annotations

from collections.abc import Sequence

from ingress.backends import Backend
from ingress.classes import Classes
from ingress.model import Model, Problem, Server
from ingress.plan import Cluster, plan
from minik8s.api.core_v1 import Secret
from minik8s.api.networking_v1 import Ingress, IngressBackend
from tests.support.ingresses import CONTROLLER, endpoints, ingress, ingress_class, secret, service

NAMES = ("web", "api", "old", "new", "rest", "any")


def made(*ingresses: Ingress, secrets: Sequence[Secret] = (), excluded: Sequence[Problem] = ()) -> Model:
    """Services of these names are there, with an endpoint each."""
    by_name = {(s.metadata.namespace, s.metadata.name): s for s in secrets}
    cluster = Cluster(
        service=lambda namespace, name: service(name, namespace) if name in NAMES else None,
        slices=lambda namespace, name: [endpoints(name, "10.0.0.1:80", namespace=namespace)],
        secret=lambda namespace, name: by_name.get((namespace, name)),
        check_pair=lambda content: "" if b"good" in content else "not good",
    )
    return plan(ingresses, cluster, excluded)


def server(model: Model, host: str) -> Server:
    return next(each for each in model.servers if each.host == host)


def paths(model: Model, host: str) -> dict[str, str]:
    return {
        f"{at.match.kind.name} {at.match.path}": at.backend.service if isinstance(at.backend, Backend) else "-"
        for at in server(model, host).locations
    }


def test_several_share_a_host_and_the_oldest_has_a_path_both_want() -> None:
    new = ingress("a", {"a.com": [("P", "/x", "new"), ("P", "/new", "new")]}, created="2026-02-01T00:00:00Z")
    old = ingress("z", {"A.com": [("P", "/x/", "old")]}, created="2026-01-01T00:00:00Z")
    model = made(new, old)
    assert paths(model, "a.com") == {"PREFIX /new": "new", "PREFIX /x": "old"}
    assert [(p.owner, p.reason) for p in model.problems] == [(("default", "a"), "Conflict")]
    assert "default/z" in model.problems[0].message


def test_rules_without_a_host_hold_for_all_behind_a_hosts_own() -> None:
    model = made(
        ingress("one", {"a.com": [("P", "/x", "web")], "b.com": [("P", "/", "web")]}),
        ingress("two", {"": [("P", "/x/deep", "any"), ("P", "/y", "any"), ("E", "/x", "any")]}),
    )
    assert paths(model, "a.com") == {"PREFIX /x": "web", "PREFIX /y": "any"}
    assert paths(model, "b.com") == {"PREFIX ": "web"}
    assert paths(model, "") == {"EXACT /x": "any", "PREFIX /x/deep": "any", "PREFIX /y": "any"}


def test_default_backends_the_hosts_own_before_a_general_one() -> None:
    model = made(
        ingress("own", {"a.com": [("P", "/x", "web")]}, default="api"),
        ingress("general", default="rest", created="2026-03-01T00:00:00Z"),
        ingress("plain", {"b.com": [("P", "/x", "web")], "c.com": [("P", "/", "web")]}),
    )
    assert paths(model, "a.com") == {"PREFIX /x": "web", "PREFIX ": "api"}
    assert paths(model, "b.com") == {"PREFIX /x": "web", "PREFIX ": "rest"}
    assert paths(model, "c.com") == {"PREFIX ": "web"}
    assert paths(model, "") == {"PREFIX ": "rest"}


def test_a_backend_that_leads_nowhere_is_kept_and_told() -> None:
    odd = ingress("odd", {"a.com": [("P", "/o", "web")]})
    assert odd.spec.rules[0].http is not None
    odd.spec.rules[0].http.paths[0].backend = IngressBackend()
    model = made(ingress("one", {"a.com": [("P", "/x", "none"), ("P", "/y", "web")]}), odd)
    assert paths(model, "a.com") == {"PREFIX /o": "-", "PREFIX /x": "-", "PREFIX /y": "web"}
    assert {p.reason for p in model.problems} == {"BackendNotFound"} and len(model.problems) == 2
    assert model.accepted == {("default", "one"), ("default", "odd")}


def test_certificates_by_host_by_wildcard_and_without_hosts() -> None:
    good, other = secret("good", tls_crt=b"good", tls_key=b"k"), secret("other", tls_crt=b"good 2", tls_key=b"k")
    rules = {"a.com": [("P", "/", "web")], "x.b.com": [("P", "/", "web")], "c.com": [("P", "/", "web")]}
    first = ingress("one", rules, tls={"good": ["a.com", "*.b.com"]})
    second = ingress("two", {"c.com": [("P", "/z", "web")]}, tls={"other": []}, created="2026-02-01T00:00:00Z")
    late = ingress("late", tls={"other": ["a.com"]}, created="2026-03-01T00:00:00Z")
    model = made(late, first, second, secrets=[good, other])
    found = {each.host: (each.tls, each.certificate_of) for each in model.servers}
    one, two = ("default", "one"), ("default", "two")
    assert found == {
        "": (False, None), "*.b.com": (True, one), "a.com": (True, one), "c.com": (True, two), "x.b.com": (True, one),
    }  # fmt: skip
    assert sorted(model.files.values()) == [b"good\nk\n", b"good 2\nk\n"]


def test_a_secret_that_cannot_be_used_hurts_nobody_else() -> None:
    bad = secret("bad", tls_crt=b"bad", tls_key=b"k")
    half = secret("half", tls_crt=b"good")
    rules = {host: [("P", "/", "web")] for host in ("a.com", "b.com", "c.com")}
    hosts = {"bad": ["a.com"], "half": ["b.com"], "nowhere": ["c.com"]}
    model = made(ingress("one", rules, tls=hosts), secrets=[bad, half])
    assert [p.reason for p in model.problems] == ["BadSecret"] * 3 and model.files == {}
    assert all(each.tls and not each.certificate for each in model.servers if each.host)


def test_passwords() -> None:
    users, mapped = secret("users", auth=b"ann:$apr1$x\n# no\n\nbob:{SHA}y\n"), secret("map", ann=b"$apr1$x")
    bad = secret("bad", auth=b"ann:x\nno colon\n")
    paths_ = {"a.com": [("P", "/", "web")]}

    def located(name: str, **more: str) -> tuple[str, bool, Model]:
        asked = ingress("one", paths_, auth_type="basic", auth_secret=name, **more)
        model = made(asked, secrets=[users, mapped, bad])
        (at,) = server(model, "a.com").locations
        return at.passwords, at.closed, model

    path, closed, model = located("users")
    assert model.files[path] == b"ann:$apr1$x\nbob:{SHA}y\n" and not closed
    path, closed, model = located("default/map", auth_secret_type="auth-map")
    assert model.files[path] == b"ann:$apr1$x\n" and not closed
    for name in ("bad", "nowhere", "other/users"):
        path, closed, model = located(name)
        assert (path, closed, model.problems[0].reason) == ("", True, "BadSecret"), name


def test_what_is_refused_or_left_out_is_nobody_elses_loss() -> None:
    hostile = ingress("hostile", {"a.com": [("P", "/x", "api")]}, rewrite_target="/; }")
    odd = ingress("odd", {"a;b": [("P", "/", "web")], "a.com": [("P", "/%00", "web"), ("P", "/ok", "web")]})
    out = Problem(("default", "out"), "Rejected", "nginx refuses it")
    model = made(
        hostile, odd, ingress("out", {"a.com": [("P", "/", "api")]}), ingress("good", {"a.com": [("P", "/", "web")]}),
        excluded=[out],
    )  # fmt: skip
    assert paths(model, "a.com") == {"PREFIX /ok": "web", "PREFIX ": "web"}
    assert {p.owner[1] for p in model.problems} == {"hostile", "odd", "out"}
    assert model.accepted == {("default", "odd"), ("default", "good")}


def test_namespaces_do_not_reach_each_other() -> None:
    model = made(ingress("one", {"a.com": [("P", "/", "web")]}, namespace="other"))
    (at,) = server(model, "a.com").locations
    assert at.backend is not None and at.backend.namespace == "other"


def test_classes_by_field_by_annotation_and_by_default() -> None:
    classes = Classes([ingress_class(), ingress_class("mine"), ingress_class("nginx", "x/y")], CONTROLLER, "legacy")

    def ours(class_name: str | None, annotation: str | None = None) -> bool:
        found = ingress("one", class_name=class_name)
        if annotation is not None:
            found.metadata.annotations["kubernetes.io/ingress.class"] = annotation
        return classes.has(found)

    assert ours("minik8s") and ours("mine") and not ours("nginx") and not ours("unknown") and not ours(None)
    assert ours(None, "mine") and ours(None, "legacy") and not ours(None, "nginx") and not ours("minik8s", "nginx")
    assert not ours(None, "") and ours("nginx", "minik8s")
    assert Classes([ingress_class(default=True)], CONTROLLER).has(ingress("one", class_name=None))
    assert not Classes([ingress_class("nginx", "x/y", default=True)], CONTROLLER).has(ingress("one", class_name=None))

from __future__ import annotations

import base64
import json
from pathlib import Path

from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from controllers.bootstrap.cleaner import TokenCleaner
from controllers.bootstrap.signer import BootstrapSigner
from controllers.clusterroles.controller import ClusterRoleAggregationController
from controllers.serviceaccount.legacy import LegacyTokenCleaner
from controllers.serviceaccount.tokens import TokensController
from minik8s import pki
from minik8s.api.core_v1 import ConfigMap, ObjectReference, Secret, ServiceAccount
from minik8s.api.meta_v1 import LabelSelector
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.rbac_v1 import AggregationRule, ClusterRole, PolicyRule
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster

TYPE = "kubernetes.io/service-account-token"


def account(name: str = "sa") -> ServiceAccount:
    return ServiceAccount(metadata=ObjectMeta(name=name, namespace="default", uid=f"uid-{name}"))


def token_secret(name: str = "t", owner: str = "sa") -> Secret:
    notes = {"kubernetes.io/service-account.name": owner}
    return Secret(metadata=ObjectMeta(name=name, namespace="default", annotations=notes), type=TYPE)


async def test_a_token_secret_is_filled_and_goes_with_its_account(tmp_path: Path) -> None:
    key, public = pki.ensure_service_account_keys(tmp_path)
    cluster = FakeCluster()
    cluster.add(account(), token_secret())
    async with running(cluster, TokensController(str(key), "PEM")) as at_work:
        secret = cluster.object(Secret, "t")
        assert secret is not None
        assert secret.data["ca.crt"] == b"PEM" and secret.data["namespace"] == b"default"
        assert secret.metadata.annotations["kubernetes.io/service-account.uid"] == "uid-sa"
        verified = jws.deserialize_compact(secret.data["token"].decode(), ECKey.import_key(public.read_bytes()))
        claims = json.loads(verified.payload)
        assert claims["iss"] == "kubernetes/serviceaccount"
        assert claims["sub"] == "system:serviceaccount:default:sa"
        assert claims["kubernetes.io/serviceaccount/secret.name"] == "t"
        assert claims["kubernetes.io/serviceaccount/service-account.uid"] == "uid-sa"
        cluster.remove(ServiceAccount, "sa")
        await at_work.settle()
        assert cluster.objects(Secret) == []


async def test_a_token_of_an_account_made_anew_is_no_good(tmp_path: Path) -> None:
    key, _ = pki.ensure_service_account_keys(tmp_path)
    cluster = FakeCluster()
    old = token_secret()
    old.metadata.annotations["kubernetes.io/service-account.uid"] = "uid-before"
    cluster.add(account(), old, token_secret("free", owner="nobody"))
    async with running(cluster, TokensController(str(key), "")):
        assert cluster.objects(Secret) == []


async def test_unused_automatic_tokens_are_marked_then_deleted() -> None:
    cluster = FakeCluster()
    owner = account()
    owner.secrets = [ObjectReference(name="t")]
    secret = token_secret()
    secret.metadata.annotations["kubernetes.io/service-account.uid"] = "uid-sa"
    meta = ObjectMeta(name="kube-apiserver-legacy-service-account-token-tracking", namespace="kube-system")
    cluster.add(owner, secret, token_secret("by-hand"), ConfigMap(metadata=meta, data={"since": "2026-01-01"}))
    day = 24 * 3600
    async with running(cluster, LegacyTokenCleaner(10 * day)) as at_work:
        await at_work.advance(9 * day)
        held = cluster.object(Secret, "t")
        assert held is not None and not held.metadata.labels
        await at_work.advance(2 * day)
        held = cluster.object(Secret, "t")
        assert held is not None and held.metadata.labels["kubernetes.io/legacy-token-invalid-since"].startswith("2026")
        await at_work.advance(11 * day)
        assert [s.metadata.name for s in cluster.objects(Secret)] == ["by-hand"]


def bootstrap_token(token_id: str, expiration: str = "", **more: str) -> Secret:
    data = {"token-id": token_id, "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true"} | more
    if expiration:
        data["expiration"] = expiration
    meta = ObjectMeta(name=f"bootstrap-token-{token_id}", namespace="kube-system")
    encoded = {k: v.encode() for k, v in data.items()}
    return Secret(metadata=meta, type="bootstrap.kubernetes.io/token", data=encoded)


async def test_cluster_info_is_signed_by_each_token_while_it_is_good() -> None:
    cluster = FakeCluster()
    info = ConfigMap(
        metadata=ObjectMeta(name="cluster-info", namespace="kube-public"), data={"kubeconfig": "kind: Config"}
    )
    unused = bootstrap_token("unused", **{"usage-bootstrap-signing": "false"})
    cluster.add(info, bootstrap_token("aaaaaa"), bootstrap_token("bbbbbb", "2026-01-02T03:05:05Z"), unused)
    async with running(cluster, BootstrapSigner(), TokenCleaner()) as at_work:
        found = cluster.objects(ConfigMap)[0].data
        assert set(found) == {"kubeconfig", "jws-kubeconfig-aaaaaa", "jws-kubeconfig-bbbbbb"}
        header, _, signature = found["jws-kubeconfig-aaaaaa"].split(".")
        payload = base64.urlsafe_b64encode(b"kind: Config").rstrip(b"=").decode()
        key = OctKey.import_key("0123456789abcdef")
        assert jws.deserialize_compact(f"{header}.{payload}.{signature}", key).headers()["kid"] == "aaaaaa"
        await at_work.advance(61)
        assert set(cluster.objects(ConfigMap)[0].data) == {"kubeconfig", "jws-kubeconfig-aaaaaa"}
        assert {s.metadata.name for s in cluster.objects(Secret)} == {
            "bootstrap-token-aaaaaa",
            "bootstrap-token-unused",
        }
        cluster.modify(ConfigMap, "cluster-info", lambda m: m.data.update(kubeconfig="kind: New"), "kube-public")
        await at_work.settle()
        assert cluster.objects(ConfigMap)[0].data["jws-kubeconfig-aaaaaa"] != found["jws-kubeconfig-aaaaaa"]


async def test_a_cluster_info_that_says_nothing_is_left_alone() -> None:
    cluster = FakeCluster()
    info = ConfigMap(metadata=ObjectMeta(name="cluster-info", namespace="kube-public"), data={"other": "x"})
    cluster.add(info, bootstrap_token("aaaaaa"))
    signer = BootstrapSigner()
    async with running(cluster, signer):
        assert await signer.reconcile("kube-public/cluster-info") is None
        assert await signer.reconcile("kube-public/nothing") is None
        assert cluster.objects(ConfigMap)[0].data == {"other": "x"}


def role(name: str, verb: str = "", labels: dict[str, str] | None = None) -> ClusterRole:
    rules = [PolicyRule(verbs=[verb], api_groups=[""], resources=["pods"])] if verb else []
    return ClusterRole(metadata=ObjectMeta(name=name, labels=labels or {}), rules=rules)


async def test_an_aggregated_role_has_the_rules_of_those_it_selects() -> None:
    cluster = FakeCluster()
    whole = role("whole", "forged")
    whole.aggregation_rule = AggregationRule(cluster_role_selectors=[LabelSelector(match_labels={"to": "whole"})])
    cluster.add(whole, role("b", "list", {"to": "whole"}), role("a", "get", {"to": "whole"}), role("c", "watch"))
    async with running(cluster, ClusterRoleAggregationController()) as at_work:

        def verbs() -> list[str]:
            found = cluster.object(ClusterRole, "whole")
            assert found is not None
            return [verb for rule in found.rules for verb in rule.verbs]

        assert verbs() == ["get", "list"]
        cluster.modify(ClusterRole, "c", lambda r: r.metadata.labels.update(to="whole"))
        cluster.remove(ClusterRole, "a")
        await at_work.settle()
        assert verbs() == ["list", "watch"]
        assert {a.manager for a in cluster.requests("patch", "clusterroles")} == {"clusterrole-aggregation-controller"}

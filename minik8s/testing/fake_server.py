"""An API server in memory: paths and JSON in, JSON out, with the rules clients depend on and no others.

No defaulting, no validation, no authorization, no admission: a test says itself what it needs.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import msgspec

from minik8s.api import scheme
from minik8s.client.errors import (
    AlreadyExists,
    ApiError,
    BadRequest,
    Conflict,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooManyRequests,
)
from minik8s.clock import Clock
from minik8s.testing import fake_select as select
from minik8s.testing.fake_store import Document, FakeStore, Place, Where, copy

_PATH = re.compile(
    r"^/(?:api/(?P<core>v1)|apis/(?P<gv>[^/]+/[^/]+))"
    r"(?:/namespaces/(?P<ns>[^/]+)(?=/[^/]+))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>.+))?$"
)
_NAMESPACE_SUBRESOURCES = {"status", "finalize"}
_SCALES = {"deployments", "replicasets", "statefulsets", "replicationcontrollers"}
_GRACE = 30


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """A resource the fake serves."""

    group_version: str
    plural: str
    kind: str
    namespaced: bool
    has_status: bool

    @property
    def where(self) -> Where:
        """Its place in the store."""
        return self.group_version.rpartition("/")[0], self.plural

    def __str__(self) -> str:
        group = self.where[0]
        return f"{self.plural}.{group}" if group else self.plural


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What a path points at."""

    served: Served
    namespace: str
    name: str
    subresource: str

    @property
    def place(self) -> Place:
        """Its place among its resource's objects."""
        return (self.namespace if self.served.namespaced else "", self.name)


class FakeServer:
    """Answers requests; `reactors` see each create first and may answer it (reviews)."""

    def __init__(self, clock: Clock) -> None:
        self.store = FakeStore()
        self.clock = clock
        self.extra: dict[tuple[str, str], Served] = {}
        self.reactors: dict[str, Callable[[Document], Document]] = {
            "subjectaccessreviews": _allow,
            "localsubjectaccessreviews": _allow,
            "selfsubjectaccessreviews": _allow,
            "tokenreviews": _unknown_token,
        }
        self._made = 0

    def served(self, group_version: str, plural: str) -> Served | None:
        """The resource of that name."""
        if (found := self.extra.get((group_version, plural))) is not None:
            return found
        known = scheme.resource_for_plural(group_version, plural)
        if known is None:
            return None
        cls = scheme.type_of(known)
        status = "status" in cls.__struct_fields__ and known.kind != "Event"
        return Served(group_version, plural, known.kind, known.namespaced, status)

    def target(self, path: str) -> Target | None:
        """What a path points at; None when it is no resource path. Raises NotFound for an unknown resource."""
        match = _PATH.match(path)
        if match is None:
            return None
        group_version = match["core"] or match["gv"]
        namespace, plural, name, sub = match["ns"], match["plural"], match["name"], match["sub"]
        if namespace and plural in _NAMESPACE_SUBRESOURCES and not name and not match["gv"]:
            namespace, plural, name, sub = None, "namespaces", namespace, plural
        served = self.served(group_version, plural)
        if served is None:
            raise NotFound("the server could not find the requested resource")
        return Target(served, unquote(namespace or ""), unquote(name or ""), sub or "")

    def get(self, target: Target) -> Document:
        """One object, or its scale."""
        document = self._existing(target)
        return _scale_of(document) if target.subresource == "scale" else document

    def list(self, target: Target, params: Mapping[str, str]) -> Document:
        """A LIST answer, paged when asked."""
        wanted = select.selection(params)
        revision = self.store.revision
        found = [d for d in self.store.all(target.served.where) if _inside(d, target) and wanted(d)]
        begin, meta = int(params.get("continue") or 0), {"resourceVersion": str(revision)}
        limit = int(params.get("limit") or 0)
        page = found[begin : begin + limit] if limit else found[begin:]
        if begin + len(page) < len(found):
            meta["continue"] = str(begin + len(page))
        version = target.served.group_version
        return {"kind": f"{target.served.kind}List", "apiVersion": version, "metadata": meta, "items": page}

    async def watch(self, target: Target, params: Mapping[str, str]) -> AsyncIterator[tuple[str, Document]]:
        """Events as (type, object). Raises Expired."""
        wanted = select.selection(params)
        version = params.get("resourceVersion") or ""
        after = int(version) if version not in ("", "0") else 0
        if after == 0 or params.get("sendInitialEvents") == "true":
            after = self.store.revision
            for document in self.store.all(target.served.where):
                if _inside(document, target) and wanted(document):
                    yield "ADDED", document
            if params.get("sendInitialEvents") == "true":
                end = {"resourceVersion": str(after), "annotations": {"k8s.io/initial-events-end": "true"}}
                served = target.served
                yield "BOOKMARK", {"kind": served.kind, "apiVersion": served.group_version, "metadata": end}
        async for change in self.store.changes(target.served.where, after):
            was = change.before is not None and _inside(change.before, target) and wanted(change.before)
            now = change.after is not None and _inside(change.after, target) and wanted(change.after)
            if now and change.after is not None:
                yield ("MODIFIED" if was else "ADDED"), change.after
            elif was and change.before is not None:
                last = change.after if change.after is not None else change.before
                yield "DELETED", last

    def create(self, target: Target, document: Document, dry_run: bool) -> Document:
        """POST to a collection or to a subresource."""
        if target.name:
            return self._subresource(target, document)
        served = target.served
        if (reactor := self.reactors.get(served.plural)) is not None:
            return reactor(document)
        meta = document.setdefault("metadata", {})
        if not meta.get("name"):
            if not meta.get("generateName"):
                raise Invalid("name or generateName is required")
            self._made += 1
            meta["name"] = meta["generateName"] + f"{self._made:05d}"
        if served.namespaced:
            meta["namespace"] = target.namespace
        place = (meta.get("namespace", ""), meta["name"])
        if self.store.get(served.where, place) is not None:
            raise AlreadyExists(f'{served} "{meta["name"]}" already exists')
        if served.has_status:
            document.pop("status", None)
        if served.plural == "pods":
            document["status"] = {"phase": "Pending"}
        if served.plural == "namespaces":
            document.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
            document["status"] = {"phase": "Active"}
        meta.pop("deletionTimestamp", None)
        return self.insert(served, place, document, dry_run)

    def insert(self, served: Served, place: Place, document: Document, dry_run: bool = False) -> Document:
        """Store a new object as it is, with what every object has."""
        self._made += 1
        meta = document.setdefault("metadata", {})
        meta.setdefault("creationTimestamp", self._now())
        meta["uid"] = meta.get("uid") or str(uuid.UUID(int=self._made))
        if "spec" in document:
            meta.setdefault("generation", 1)
        document["kind"], document["apiVersion"] = served.kind, served.group_version
        return document if dry_run else self.store.put(served.where, place, document)

    def update(self, target: Target, document: Document, dry_run: bool) -> Document:
        """PUT of an object or a subresource."""
        held = self._existing(target)
        if target.subresource == "scale":
            _check_version(target, held, document)
            held["spec"]["replicas"] = (document.get("spec") or {}).get("replicas", 0)
            return _scale_of(self._write(target, held, dry_run))
        _check_version(target, held, document)
        new = copy(held)
        meta = document.get("metadata") or {}
        if target.subresource == "status":
            new["status"] = document.get("status") or {}
            if "annotations" in meta:
                new["metadata"]["annotations"] = meta["annotations"]
        elif target.subresource == "finalize":
            new.setdefault("spec", {})["finalizers"] = (document.get("spec") or {}).get("finalizers") or []
        else:
            kept = {k: held["metadata"].get(k) for k in _SERVER_FIELDS if k in held["metadata"]}
            if meta.get("uid") and meta["uid"] != held["metadata"]["uid"]:
                raise Conflict(_conflict(target, f"UID in precondition: {meta['uid']}"))
            new = copy(document)
            new["metadata"] = {k: v for k, v in meta.items() if k not in _SERVER_FIELDS} | kept
            new["kind"], new["apiVersion"] = held["kind"], held["apiVersion"]
            if target.served.has_status:
                new.pop("status", None)
                if "status" in held:
                    new["status"] = held["status"]
        return self._write(target, new, dry_run)

    def patch(self, target: Target, patch: Any, content_type: str, dry_run: bool) -> Document:
        """PATCH of an object or a subresource; apply creates what is missing."""
        from minik8s.testing import fake_patch

        try:
            held = self.get(target)
        except NotFound:
            if "apply-patch" not in content_type:
                raise
            place = dataclasses.replace(target, name="")
            patch.setdefault("metadata", {})["name"] = target.name
            return self.create(place, patch, dry_run)
        changed = fake_patch.apply(held, patch, content_type, target.served.group_version, target.served.kind)
        if target.subresource != "scale":
            changed["metadata"].setdefault("resourceVersion", held["metadata"]["resourceVersion"])
        return self.update(target, changed, dry_run)

    def delete(self, target: Target, options: Document) -> Document | None:
        """DELETE of one object; returns it while it stays."""
        held = self._existing(target)
        meta = held["metadata"]
        preconditions = options.get("preconditions") or {}
        for field, key in (("uid", "uid"), ("resourceVersion", "resourceVersion")):
            if preconditions.get(field) and preconditions[field] != meta.get(key):
                raise Conflict(_conflict(target, f"the {field} in the precondition ({preconditions[field]})"))
        policy = options.get("propagationPolicy")
        finalizers = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
        if policy in finalizers and finalizers[policy] not in meta.get("finalizers", []):
            meta.setdefault("finalizers", []).append(finalizers[policy])
        grace = self._grace(target, held, options)
        if options.get("dryRun"):
            return held
        waits = bool(meta.get("finalizers")) or bool((held.get("spec") or {}).get("finalizers"))
        if grace == 0 and not waits:
            self.store.remove(target.served.where, target.place)
            return None
        already = meta.get("deletionTimestamp")
        if already and grace >= meta.get("deletionGracePeriodSeconds", 0):
            return held
        meta["deletionTimestamp"] = self._now(grace)
        meta["deletionGracePeriodSeconds"] = grace
        if target.served.plural == "namespaces":
            held["status"] = {"phase": "Terminating"}
        return self.store.put(target.served.where, target.place, held)

    def delete_collection(self, target: Target, params: Mapping[str, str], options: Document) -> Document:
        """DELETE of all that match."""
        found = self.list(target, params)
        for document in found["items"]:
            meta = document["metadata"]
            self.delete(dataclasses.replace(target, namespace=meta.get("namespace", ""), name=meta["name"]), options)
        return found

    def _subresource(self, target: Target, document: Document) -> Document:
        held = self._existing(target)
        if target.subresource == "binding":
            if held.get("spec", {}).get("nodeName"):
                raise Conflict(_conflict(target, f"pod {target.name} is already assigned to a node"))
            held.setdefault("spec", {})["nodeName"] = document["target"]["name"]
            conditions = [c for c in held.get("status", {}).get("conditions", []) if c["type"] != "PodScheduled"]
            scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": self._now()}
            held.setdefault("status", {})["conditions"] = [*conditions, scheduled]
            self.store.put(target.served.where, target.place, held)
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        if target.subresource == "eviction":
            self._check_budgets(target, held)
            self.delete(dataclasses.replace(target, subresource=""), document.get("deleteOptions") or {})
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
        if target.subresource == "token":
            seconds = (document.get("spec") or {}).get("expirationSeconds") or 3600
            self._made += 1
            name = f"system:serviceaccount:{target.namespace}:{target.name}"
            document["status"] = {"token": f"{name}.{self._made}", "expirationTimestamp": self._now(seconds)}
            return document
        raise MethodNotAllowed(f"the fake cluster has no POST to {target.served}/{target.subresource}")

    def _check_budgets(self, target: Target, pod: Document) -> None:
        for budget in self.store.all(("policy", "poddisruptionbudgets")):
            spec, status = budget.get("spec") or {}, budget.get("status") or {}
            same = budget["metadata"].get("namespace") == target.namespace
            if same and select.label_selector_matches(spec.get("selector"), pod):
                if status.get("disruptionsAllowed", 0) <= 0:
                    raise TooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.")

    def _existing(self, target: Target) -> Document:
        found = self.store.get(target.served.where, target.place)
        if found is None:
            raise NotFound(f'{target.served} "{target.name}" not found')
        return found

    def _write(self, target: Target, new: Document, dry_run: bool) -> Document:
        held = self._existing(target)
        meta = new["metadata"]
        if new.get("spec") != held.get("spec") and "generation" in held["metadata"] and target.subresource != "status":
            meta["generation"] = held["metadata"]["generation"] + 1
        going = meta.get("deletionTimestamp") and not meta.get("finalizers")
        if going and meta.get("deletionGracePeriodSeconds", 0) == 0 and not (new.get("spec") or {}).get("finalizers"):
            return new if dry_run else self.store.remove(target.served.where, target.place)
        meta["resourceVersion"] = held["metadata"]["resourceVersion"]
        if new == held or dry_run:
            return new
        return self.store.put(target.served.where, target.place, new)

    def _grace(self, target: Target, held: Document, options: Document) -> int:
        if target.served.plural != "pods":
            return 0
        spec, status = held.get("spec") or {}, held.get("status") or {}
        if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
            return 0
        asked = options.get("gracePeriodSeconds")
        default = spec.get("terminationGracePeriodSeconds")
        return int(asked if asked is not None else default if default is not None else _GRACE)

    def _now(self, later: int = 0) -> str:
        return (self.clock.now() + timedelta(seconds=later)).strftime("%Y-%m-%dT%H:%M:%SZ")


_SERVER_FIELDS = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
    "name",
    "namespace",
)


def _inside(document: Document, target: Target) -> bool:
    meta = document["metadata"]
    if target.namespace and target.served.namespaced and meta.get("namespace") != target.namespace:
        return False
    return not target.name or meta["name"] == target.name


def _check_version(target: Target, held: Document, document: Document) -> None:
    asked = (document.get("metadata") or {}).get("resourceVersion")
    if asked and asked != held["metadata"]["resourceVersion"]:
        raise Conflict(
            _conflict(target, "the object has been modified; please apply your changes to the latest version")
        )


def _conflict(target: Target, why: str) -> str:
    return f'Operation cannot be fulfilled on {target.served} "{target.name}": {why}'


def _scale_of(document: Document) -> Document:
    plural = document["kind"].lower() + "s"
    if plural not in _SCALES and "replicas" not in document.get("spec", {}):
        raise NotFound("the server could not find the requested resource")
    meta = document["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: meta[k] for k in kept if k in meta},
        "spec": {"replicas": document.get("spec", {}).get("replicas", 1)},
        "status": {"replicas": document.get("status", {}).get("replicas", 0), "selector": _selected(document)},
    }


def _selected(document: Document) -> str:
    chosen = document.get("spec", {}).get("selector") or {}
    labels: dict[str, str] = chosen.get("matchLabels", {}) if "matchLabels" in chosen else chosen
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()) if isinstance(value, str))


def _allow(review: Document) -> Document:
    return review | {"status": {"allowed": True}}


def _unknown_token(review: Document) -> Document:
    return review | {"status": {"authenticated": False, "user": {}}}


def answer_of(error: ApiError) -> bytes:
    """The Status a server would answer."""
    status = error.status
    status.status = "Failure"
    return msgspec.json.encode(status)


def parse(body: bytes) -> Document:
    """A JSON object. Raises BadRequest."""
    try:
        found = msgspec.json.decode(body) if body else {}
    except msgspec.DecodeError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadRequest("the body is no object")
    return found

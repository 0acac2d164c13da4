"""What `/metrics` tells, under the names that Kubernetes' API server uses.

A request costs two additions: everything is counted in plain numbers and put into words only when somebody asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from apiserver.call import Call
from apiserver.deprecated import DEPRECATED
from apiserver.discovery.catalog import Catalog
from apiserver.exposition import Histogram, Labels, head, worded
from apiserver.measures.process import of_process
from apiserver.measures.waiting import Waited, current
from apiserver.resources import Resources

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
_SECONDS = (
    *(0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0),
    *(15.0, 20.0, 30.0, 45.0, 60.0),
)
_LEVEL_SECONDS = _SECONDS[2:]
_ANSWER_BYTES = tuple(10.0**power for power in range(3, 10))
_BODY_BYTES = tuple(50_000.0 + 100_000 * step for step in range(31))
_VERBS = {
    "get": "GET",
    "list": "LIST",
    "watch": "WATCH",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETECOLLECTION",
}
_BODY_VERBS = {"deletecollection": "delete_collection", "apply": "patch"}
_OF_CACHES = (
    ("apiserver_watch_cache_resource_version", "gauge", "The revision of the last change of a cache.", "revision"),
    ("apiserver_watch_cache_events_received_total", "counter", "Changes that came to a cache.", "received"),
    ("apiserver_storage_events_received_total", "counter", "Changes that came from the store.", "received"),
    ("apiserver_cache_list_total", "counter", "Lists answered from a cache.", "lists"),
    ("apiserver_cache_list_returned_objects_total", "counter", "Objects in lists answered from a cache.", "listed"),
)
_CONNECTED = ("attach", "exec", "portforward", "proxy")
_APPLY = "application/apply-patch"
_PATHS = ("/healthz", "/livez", "/readyz", "/metrics", "/version")


class _Level:
    """What is told of requests whether they are only tried or not."""

    __slots__ = ("seconds", "sizes")

    def __init__(self) -> None:
        self.seconds = Histogram(_LEVEL_SECONDS)
        self.sizes = Histogram(_ANSWER_BYTES)


class _Kind:
    """All requests that are alike, the code of their answer aside."""

    __slots__ = ("bodies", "codes", "durations", "labels", "level", "reads", "running")

    def __init__(self, labels: Labels, level: _Level, bodies: Histogram, *, reads: bool) -> None:
        self.labels = labels
        self.level = level
        self.bodies = bodies
        self.reads = reads
        self.codes: dict[int, int] = {}
        self.durations = Histogram(_SECONDS)
        self.running = 0


class Metrics:
    """The numbers of a server."""

    def __init__(self, catalog: Catalog, resources: Resources) -> None:
        self._catalog = catalog
        self._resources = resources
        self._kinds: dict[tuple[str, ...], _Kind] = {}
        self._levels: dict[Labels, _Level] = {}
        self._bodies: dict[Labels, Histogram] = {}
        self._store: dict[tuple[str, str], Histogram] = {}
        self._store_errors: dict[tuple[str, str], int] = {}
        self._in_flight = [0, 0]
        self.others: list[Callable[[], Iterable[str]]] = []

    def begin(self, call: Call) -> Callable[[], None]:
        """Count a request that comes in; the function returned counts its answer."""
        kind = self._kind_of(call)
        long_running = call.long_running
        place = 0 if call.info.verb in ("get", "list", "watch") else 1
        if long_running:
            kind.running += 1
        else:
            self._in_flight[place] += 1
        waited = Waited()
        current.set(waited)
        started = time.perf_counter()

        def end() -> None:
            seconds = time.perf_counter() - started
            if long_running:
                kind.running -= 1
            else:
                self._in_flight[place] -= 1
            kind.codes[call.code] = kind.codes.get(call.code, 0) + 1
            kind.durations.observe(seconds)
            if not long_running:
                kind.level.seconds.observe(seconds - waited.seconds)
            if kind.reads:
                kind.level.sizes.observe(call.size)
            elif received := call.received:
                kind.bodies.observe(received)

        return end

    def stored(self, operation: str, resource: str, seconds: float, *, failed: bool) -> None:
        """Count an operation of the store."""
        key = (operation, resource)
        found = self._store.get(key)
        if found is None:
            found = self._store[key] = Histogram(_SECONDS)
        found.observe(seconds)
        if failed:
            self._store_errors[key] = self._store_errors.get(key, 0) + 1

    def _kind_of(self, call: Call) -> _Kind:
        info = call.info
        dry_run = "All" if "dryRun" in call.query else ""
        verb = info.verb
        if verb == "patch" and call.header(b"content-type").startswith(_APPLY):
            verb = "apply"
        scope = "resource" if info.name else "namespace" if info.namespace else "cluster"
        key = (verb, info.group, info.version, info.resource, info.subresource, scope, dry_run)
        if not info.is_resource:
            key = (verb, "", "", "", self._path(info.path), "", "")
        found = self._kinds.get(key)
        return self._new_kind(key) if found is None else found

    @staticmethod
    def _path(path: str) -> str:
        return next((each for each in _PATHS if path.startswith(each)), "")

    def _new_kind(self, key: tuple[str, ...]) -> _Kind:
        verb, group, version_, resource, subresource, scope, dry_run = key
        if resource:
            served = self._catalog.find(group, version_, resource)
            if served is None:
                # Whatever clients make up is counted in one place: memory is bounded.
                group = version_ = resource = subresource = scope = ""
            elif subresource and subresource not in {each.name for each in served.subresources}:
                subresource = ""
            if subresource in _CONNECTED:
                verb = "connect"
        named = _VERBS.get(verb, verb.upper() if len(verb) < 16 else "other")
        labels = (
            ("component", "apiserver" if resource else ""),
            ("dry_run", dry_run),
            ("group", group),
            ("resource", resource),
            ("scope", scope),
            ("subresource", subresource),
            ("verb", named),
            ("version", version_),
        )
        bounded = (named, group, version_, resource, subresource, scope, dry_run)
        found = self._kinds.get(bounded)
        if found is None:
            level = self._levels.setdefault(tuple(label for label in labels if label[0] != "dry_run"), _Level())
            sent = (("group", group), ("resource", resource), ("verb", _BODY_VERBS.get(verb, verb)))
            bodies = self._bodies.setdefault(sent, Histogram(_BODY_BYTES)) if resource else Histogram(_BODY_BYTES)
            found = self._kinds[bounded] = _Kind(labels, level, bodies, reads=named in ("GET", "LIST"))
        if resource and subresource == key[4]:
            self._kinds[key] = found
        return found

    def exposition(self) -> bytes:
        """Everything in Prometheus' text form."""
        lines: list[str] = []
        kinds = {id(kind): kind for kind in self._kinds.values()}.values()
        head(lines, "apiserver_request_total", "counter", "Requests by verb, resource and the code of the answer.")
        for kind in kinds:
            for code, count in kind.codes.items():
                lines.append(f"apiserver_request_total{worded((('code', str(code)), *kind.labels))} {count}")
        head(lines, "apiserver_request_duration_seconds", "histogram", "Seconds from request to answer.")
        for kind in kinds:
            if kind.codes:
                lines.extend(kind.durations.lines("apiserver_request_duration_seconds", kind.labels))
        for name in ("apiserver_request_sli_duration_seconds", "apiserver_request_slo_duration_seconds"):
            head(lines, name, "histogram", "Seconds from request to answer, waiting for a seat and for webhooks aside.")
            for labels, level in self._levels.items():
                if level.seconds.count:
                    lines.extend(level.seconds.lines(name, labels))
        name = "apiserver_response_sizes"
        head(lines, name, "histogram", "Bytes of the answers to reads.")
        for labels, level in self._levels.items():
            if level.sizes.count:
                lines.extend(level.sizes.lines(name, labels))
        name = "apiserver_request_body_size_bytes"
        head(lines, name, "histogram", "Bytes of what was sent to be written.")
        for labels, sizes in self._bodies.items():
            if sizes.count:
                lines.extend(sizes.lines(name, labels))
        head(lines, "apiserver_longrunning_requests", "gauge", "Requests that run long by nature, right now.")
        for kind in kinds:
            if kind.labels[6][1] in ("WATCH", "CONNECT") or kind.running:
                labels = tuple(label for label in kind.labels if label[0] != "dry_run")
                lines.append(f"apiserver_longrunning_requests{worded(labels)} {kind.running}")
        head(lines, "apiserver_current_inflight_requests", "gauge", "Requests being worked on, by kind.")
        for place, said in enumerate(("readOnly", "mutating")):
            name = "apiserver_current_inflight_requests"
            lines.append(f"{name}{worded((('request_kind', said),))} {self._in_flight[place]}")
        name = "apiserver_requested_deprecated_apis"
        head(lines, name, "gauge", "APIs on their way out that somebody has asked for.")
        asked = {(kind.labels[2], kind.labels[3], kind.labels[5], kind.labels[7]) for kind in kinds if kind.codes}
        for group, resource, subresource, version in sorted(asked):
            if (group[1], resource[1]) in DEPRECATED:
                lines.append(f"{name}{worded((group, ('removed_release', ''), resource, subresource, version))} 1")
        self._of_resources(lines)
        self._of_store(lines)
        of_process(lines)
        for other in self.others:
            lines.extend(other())
        return ("\n".join(lines) + "\n").encode()

    def _of_resources(self, lines: list[str]) -> None:
        served = list(self._resources.by_path.values())
        head(lines, "apiserver_watch_events_total", "counter", "Events sent to watchers.")
        for each in served:
            if each.watch_events:
                labels = (("group", each.group), ("resource", each.plural), ("version", each.version))
                lines.append(f"apiserver_watch_events_total{worded(labels)} {each.watch_events}")
        head(lines, "apiserver_registered_watchers", "gauge", "Watches that are open.")
        for each in served:
            if watchers := len(each.cache.watchers):
                labels = (("group", each.group), ("kind", each.kind), ("version", each.version))
                lines.append(f"apiserver_registered_watchers{worded(labels)} {watchers}")
        caches = {(each.group, each.plural): each.cache for each in served}
        for name, kind, text, figure in _OF_CACHES:
            head(lines, name, kind, text)
            for (group, plural), cache in caches.items():
                index: Labels = (("index", ""),) if name == "apiserver_cache_list_total" else ()
                value = getattr(cache, figure)
                if value:
                    lines.append(f"{name}{worded((('group', group), *index, ('resource', plural)))} {value}")
        head(lines, "apiserver_storage_objects", "gauge", "Objects in the store, by resource.")
        counts = {f"{each.plural}.{each.group}" if each.group else each.plural: len(each.cache) for each in served}
        for name, count in counts.items():
            lines.append(f"apiserver_storage_objects{worded((('resource', name),))} {count}")
        head(lines, "apiserver_resource_objects", "gauge", "Objects in the store, by group and resource.")
        for (group, plural), count in {(each.group, each.plural): len(each.cache) for each in served}.items():
            lines.append(f"apiserver_resource_objects{worded((('group', group), ('resource', plural)))} {count}")

    def _of_store(self, lines: list[str]) -> None:
        head(lines, "etcd_request_duration_seconds", "histogram", "Seconds an operation of the store took.")
        for (operation, resource), found in self._store.items():
            labels = (("group", ""), ("operation", operation), ("resource", resource))
            lines.extend(found.lines("etcd_request_duration_seconds", labels))
        head(lines, "etcd_requests_total", "counter", "Operations of the store.")
        for (operation, resource), found in self._store.items():
            labels = (("group", ""), ("operation", operation), ("resource", resource))
            lines.append(f"etcd_requests_total{worded(labels)} {found.count}")
        head(lines, "etcd_request_errors_total", "counter", "Operations of the store that failed.")
        for (operation, resource), count in self._store_errors.items():
            labels = (("group", ""), ("operation", operation), ("resource", resource))
            lines.append(f"etcd_request_errors_total{worded(labels)} {count}")

"""What this server tells of itself: discovery and OpenAPI."""

from __future__ import annotations

from metrics_server.objects import API_VERSION, GROUP, VERSION, Document

ROOT = f"/apis/{API_VERSION}"
_PACKAGE = "io.k8s.metrics.pkg.apis.metrics.v1beta1"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INFO = {"title": "Kubernetes metrics-server", "version": "v0.8.0"}
_VERBS = ["get", "list"]
_GROUP_VERSION = {"groupVersion": API_VERSION, "version": VERSION}
_RESOURCES = (("nodes", False, "NodeMetrics"), ("pods", True, "PodMetrics"))

RESOURCES: Document = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": API_VERSION,
    "resources": [
        {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": _VERBS}
        for name, namespaced, kind in _RESOURCES
    ],
}
GROUP_OF_API: Document = {
    "kind": "APIGroup",
    "apiVersion": "v1",
    "name": GROUP,
    "versions": [_GROUP_VERSION],
    "preferredVersion": _GROUP_VERSION,
}
GROUPS: Document = {
    "kind": "APIGroupList",
    "apiVersion": "v1",
    "groups": [{key: value for key, value in GROUP_OF_API.items() if key not in ("kind", "apiVersion")}],
}
_DISCOVERY = "apidiscovery.k8s.io"


def discovery(version: str) -> Document:
    """Everything that is served in one document of that version of apidiscovery.k8s.io."""
    resources = [
        {
            "resource": name,
            "responseKind": {"group": GROUP, "version": VERSION, "kind": kind},
            "scope": "Namespaced" if namespaced else "Cluster",
            "singularResource": "",
            "verbs": _VERBS,
        }
        for name, namespaced, kind in _RESOURCES
    ]
    versions = [{"version": VERSION, "resources": resources, "freshness": "Current"}]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"{_DISCOVERY}/{version}",
        "metadata": {},
        "items": [{"metadata": {"name": GROUP}, "versions": versions}],
    }


def discovery_version(accept: str) -> str:
    """The version of that document a caller asks for first, "" when it wants plain lists."""
    for part in accept.split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        wanted = dict(word.partition("=")[::2] for word in parameters)
        asked = (wanted.get("g"), wanted.get("as"))
        if kind == "application/json" and asked == (_DISCOVERY, "APIGroupDiscoveryList"):
            if wanted.get("v") in ("v2", "v2beta1"):
                return wanted["v"]
    return ""


def discovery_type(version: str) -> str:
    """The media type of that document."""
    return f"application/json;g={_DISCOVERY};v={version};as=APIGroupDiscoveryList"


OPENAPI_V3_INDEX: Document = {"paths": {ROOT[1:]: {"serverRelativeURL": f"/openapi/v3{ROOT}?hash=1"}}}


def openapi_v3() -> Document:
    """The description in version 3."""
    schemas = _schemas("#/components/schemas/")
    paths: Document = {}
    for path, kind, names in _paths():
        parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in names]
        schema = {"$ref": f"#/components/schemas/{_PACKAGE}.{kind}"}
        answers = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
        paths[path] = {"get": _operation(kind) | {"responses": answers}} | _taking(parameters)
    return {"openapi": "3.0.0", "info": _INFO, "paths": paths, "components": {"schemas": schemas}}


def openapi_v2() -> Document:
    """The description in version 2."""
    paths: Document = {}
    for path, kind, names in _paths():
        parameters = [{"name": n, "in": "path", "required": True, "type": "string"} for n in names]
        answers = {"200": {"description": "OK", "schema": {"$ref": f"#/definitions/{_PACKAGE}.{kind}"}}}
        made = {"produces": ["application/json"], "responses": answers}
        paths[path] = {"get": _operation(kind) | made} | _taking(parameters)
    return {"swagger": "2.0", "info": _INFO, "paths": paths, "definitions": _schemas("#/definitions/")}


def _taking(parameters: list[Document]) -> Document:
    """A path's parameters; readers keep an empty list apart from none, so there is none."""
    return {"parameters": parameters} if parameters else {}


def _paths() -> list[tuple[str, str, list[str]]]:
    found: list[tuple[str, str, list[str]]] = []
    for name, namespaced, kind in _RESOURCES:
        found.append((f"{ROOT}/{name}", f"{kind}List", []))
        inside = f"{ROOT}/namespaces/{{namespace}}/{name}" if namespaced else f"{ROOT}/{name}"
        if namespaced:
            found.append((inside, f"{kind}List", ["namespace"]))
        found.append((f"{inside}/{{name}}", kind, [*(["namespace"] if namespaced else []), "name"]))
    return found


def _operation(kind: str) -> Document:
    verb = "list" if kind.endswith("List") else "get"
    gvk = {"group": GROUP, "version": VERSION, "kind": kind.removesuffix("List")}
    return {"x-kubernetes-action": verb, "x-kubernetes-group-version-kind": gvk}


def _schemas(prefix: str) -> Document:
    def ref(name: str) -> Document:
        return {"$ref": f"{prefix}{name}"}

    text = {"type": "string"}
    usage = {
        "description": "What is used, by resource: cpu is a mean over the window, memory the working set at its end.",
        "type": "object",
        "additionalProperties": ref(_QUANTITY),
    }
    typed = {
        "apiVersion": text | {"description": "Version of the schema this object is in."},
        "kind": text | {"description": "Kind of the object."},
        "metadata": {"type": "object", "description": "Name, namespace and labels of what is measured."},
    }
    when = {
        "timestamp": text | {"format": "date-time", "description": "End of the time the use was measured over."},
        "window": text | {"description": "Length of that time, as 15s."},
    }
    containers = {
        "description": "Use of each container.",
        "type": "array",
        "items": ref(f"{_PACKAGE}.ContainerMetrics"),
    }
    found: Document = {
        _QUANTITY: {"description": "A number with a suffix, such as 250m or 12Mi.", "type": "string"},
        f"{_PACKAGE}.ContainerMetrics": {
            "description": "What a container uses.",
            "type": "object",
            "required": ["name", "usage"],
            "properties": {"name": text | {"description": "Name of the container."}, "usage": usage},
        },
    }
    for kind, said, more in (
        ("NodeMetrics", "What a node uses.", {"usage": usage}),
        ("PodMetrics", "What the containers of a Pod use.", {"containers": containers}),
    ):
        found[f"{_PACKAGE}.{kind}"] = {
            "description": said,
            "type": "object",
            "required": ["timestamp", "window", *more],
            "properties": typed | when | more,
            "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": kind}],
        }
        items = {"type": "array", "description": "The objects.", "items": ref(f"{_PACKAGE}.{kind}")}
        found[f"{_PACKAGE}.{kind}List"] = {
            "description": f"A list of {kind}.",
            "type": "object",
            "required": ["items"],
            "properties": typed | {"items": items},
            "x-kubernetes-group-version-kind": [{"group": GROUP, "version": VERSION, "kind": f"{kind}List"}],
        }
    return found

"""What may stand in a query or a path, by name: its type and what it does."""

from __future__ import annotations

from typing import NamedTuple


class Parameter(NamedTuple):
    """One parameter."""

    type: str
    description: str


_PRETTY = ("pretty",)
_SELECT = (
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "shardSelector",
    "timeoutSeconds",
)
_DELETE = (
    "dryRun",
    "gracePeriodSeconds",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "orphanDependents",
    "propagationPolicy",
)
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_LIST = ("allowWatchBookmarks", *_SELECT, "watch")

BY_ACTION: dict[str, tuple[str, ...]] = {
    "get": _PRETTY,
    "list": _LIST + _PRETTY,
    "watch": _LIST + _PRETTY,
    "watchlist": _LIST + _PRETTY,
    "post": _WRITE + _PRETTY,
    "put": _WRITE + _PRETTY,
    "patch": (*_WRITE, "force") + _PRETTY,
    "delete": _DELETE + _PRETTY,
    "deletecollection": _DELETE + _SELECT + _PRETTY,
    "connect": (),
}
BY_SUBRESOURCE: dict[tuple[str, str], tuple[str, ...]] = {
    ("pods", "log"): (
        "container",
        "follow",
        "insecureSkipTLSVerifyBackend",
        "limitBytes",
        "pretty",
        "previous",
        "sinceSeconds",
        "stream",
        "tailLines",
        "timestamps",
    ),
    ("pods", "attach"): ("container", "stderr", "stdin", "stdout", "tty"),
    ("pods", "exec"): ("command", "container", "stderr", "stdin", "stdout", "tty"),
    ("pods", "portforward"): ("ports",),
}
OF_CUSTOM = {"get": ("resourceVersion", *_PRETTY), "deletecollection": _LIST + _PRETTY}
PROXY = ("path",)

PARAMETERS: dict[str, Parameter] = {
    "name": Parameter("string", "The object's name."),
    "namespace": Parameter("string", "The namespace of the object."),
    "allowWatchBookmarks": Parameter(
        "boolean", "Send BOOKMARK events now and then that tell how far a watch has come."
    ),
    "command": Parameter("string", "The command to run, one parameter per argument; it is not run in a shell."),
    "container": Parameter("string", "The container that is meant; needed when the pod has several."),
    "continue": Parameter("string", "The token of the page before; the query must be the same otherwise."),
    "dryRun": Parameter("string", "All: do everything but keep the result."),
    "fieldManager": Parameter("string", "The name under which the changed fields are owned."),
    "fieldSelector": Parameter("string", "Only objects whose fields match, as in `metadata.name=web`."),
    "fieldValidation": Parameter(
        "string", "What becomes of unknown or duplicate fields: Ignore, Warn (the default) or Strict."
    ),
    "follow": Parameter("boolean", "Go on with what is logged from now on."),
    "force": Parameter("boolean", "With server-side apply: take over fields that others own."),
    "gracePeriodSeconds": Parameter("integer", "Seconds the object is given to end; 0 ends it at once."),
    "ignoreStoreReadErrorWithClusterBreakingPotential": Parameter(
        "boolean", "Delete an object that can no longer be read from the store, whatever depends on it."
    ),
    "insecureSkipTLSVerifyBackend": Parameter("boolean", "Do not verify the kubelet's certificate."),
    "labelSelector": Parameter("string", "Only objects whose labels match, as in `app=web,tier!=db`."),
    "limit": Parameter("integer", "The most objects an answer may hold; `continue` fetches the next."),
    "limitBytes": Parameter("integer", "End the log after this many bytes."),
    "orphanDependents": Parameter("boolean", "Superseded by propagationPolicy."),
    "path": Parameter("string", "The path to ask behind the proxy."),
    "ports": Parameter("integer", "The ports to forward; WebSocket connections need them."),
    "pretty": Parameter("string", "true: indent the answer."),
    "previous": Parameter("boolean", "The log of the container that ran before this one."),
    "propagationPolicy": Parameter("string", "What becomes of dependents: Orphan, Background or Foreground."),
    "resourceVersion": Parameter("string", "The version an answer must show, or from which a watch begins."),
    "resourceVersionMatch": Parameter("string", "How resourceVersion is meant: Exact or NotOlderThan."),
    "sendInitialEvents": Parameter("boolean", "Begin a watch with what is there, then a bookmark."),
    "shardSelector": Parameter("string", "Only objects of one shard of the collection."),
    "sinceSeconds": Parameter("integer", "The log of the last so many seconds."),
    "stderr": Parameter("boolean", "Send the container's standard error."),
    "stdin": Parameter("boolean", "Connect the container's standard input."),
    "stdout": Parameter("boolean", "Send the container's standard output."),
    "stream": Parameter("string", "Which output of the container: All, Stdout or Stderr."),
    "tailLines": Parameter("integer", "The last so many lines of the log."),
    "timeoutSeconds": Parameter("integer", "End a list or watch after this time."),
    "timestamps": Parameter("boolean", "Begin each line with its time."),
    "tty": Parameter("boolean", "Give the command a terminal."),
    "watch": Parameter("boolean", "Send changes as they happen instead of a list."),
}

"""The messages of etcd's v3 API that are spoken here, as protobuf classes made when this module is first imported.

They live in a package name of their own: a second copy of etcd's own names would clash with one that another
library brings. Enumerations are written as the integers they are on the wire.
"""

from __future__ import annotations

from minik8s.machinery.messages import classes

# Message -> field -> (number, type); `*` repeats, `^` is one of the alternatives of which only one is set.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "KeyValue": {
        "key": (1, "bytes"),
        "create_revision": (2, "int64"),
        "mod_revision": (3, "int64"),
        "version": (4, "int64"),
        "value": (5, "bytes"),
        "lease": (6, "int64"),
    },
    "Event": {"type": (1, "int32"), "kv": (2, "KeyValue"), "prev_kv": (3, "KeyValue")},
    "Header": {"cluster_id": (1, "uint64"), "member_id": (2, "uint64"), "revision": (3, "int64")},
    "RangeRequest": {
        "key": (1, "bytes"),
        "range_end": (2, "bytes"),
        "limit": (3, "int64"),
        "revision": (4, "int64"),
        "serializable": (7, "bool"),
        "keys_only": (8, "bool"),
        "count_only": (9, "bool"),
    },
    "RangeResponse": {"header": (1, "Header"), "kvs": (2, "*KeyValue"), "more": (3, "bool"), "count": (4, "int64")},
    "PutRequest": {"key": (1, "bytes"), "value": (2, "bytes"), "lease": (3, "int64")},
    "PutResponse": {"header": (1, "Header")},
    "DeleteRequest": {"key": (1, "bytes"), "range_end": (2, "bytes")},
    "DeleteResponse": {"header": (1, "Header"), "deleted": (2, "int64")},
    "RequestOp": {
        "request_range": (1, "^RangeRequest"),
        "request_put": (2, "^PutRequest"),
        "request_delete_range": (3, "^DeleteRequest"),
    },
    "ResponseOp": {
        "response_range": (1, "^RangeResponse"),
        "response_put": (2, "^PutResponse"),
        "response_delete_range": (3, "^DeleteResponse"),
    },
    "Compare": {
        "result": (1, "int32"),
        "target": (2, "int32"),
        "key": (3, "bytes"),
        "version": (4, "^int64"),
        "create_revision": (5, "^int64"),
        "mod_revision": (6, "^int64"),
    },
    "TxnRequest": {"compare": (1, "*Compare"), "success": (2, "*RequestOp"), "failure": (3, "*RequestOp")},
    "TxnResponse": {"header": (1, "Header"), "succeeded": (2, "bool"), "responses": (3, "*ResponseOp")},
    "CompactionRequest": {"revision": (1, "int64"), "physical": (2, "bool")},
    "CompactionResponse": {"header": (1, "Header")},
    "WatchCreate": {
        "key": (1, "bytes"),
        "range_end": (2, "bytes"),
        "start_revision": (3, "int64"),
        "prev_kv": (6, "bool"),
    },
    "WatchRequest": {"create_request": (1, "^WatchCreate")},
    "WatchResponse": {
        "header": (1, "Header"),
        "watch_id": (2, "int64"),
        "created": (3, "bool"),
        "canceled": (4, "bool"),
        "compact_revision": (5, "int64"),
        "cancel_reason": (6, "string"),
        "events": (11, "*Event"),
    },
    "LeaseGrantRequest": {"TTL": (1, "int64"), "ID": (2, "int64")},
    "LeaseGrantResponse": {"header": (1, "Header"), "ID": (2, "int64"), "TTL": (3, "int64"), "error": (4, "string")},
}

# What `Compare.result`, `Compare.target` and `Event.type` hold.
EQUAL = 0
TARGET_VERSION, TARGET_MOD = 0, 2
DELETE = 1


_class = classes("minik8s.storage.etcd", _MESSAGES)

RangeRequest = _class("RangeRequest")
RangeResponse = _class("RangeResponse")
PutRequest = _class("PutRequest")
DeleteRequest = _class("DeleteRequest")
RequestOp = _class("RequestOp")
Compare = _class("Compare")
TxnRequest = _class("TxnRequest")
TxnResponse = _class("TxnResponse")
CompactionRequest = _class("CompactionRequest")
CompactionResponse = _class("CompactionResponse")
WatchCreate = _class("WatchCreate")
WatchRequest = _class("WatchRequest")
WatchResponse = _class("WatchResponse")
LeaseGrantRequest = _class("LeaseGrantRequest")
LeaseGrantResponse = _class("LeaseGrantResponse")

"""Kubernetes protobuf, in and out, by the field numbers of the model.

`shapes.py` reads the model's annotations; `encoder.py` and `decoder.py` compile from them one function per type, so
that nothing is looked up while an object is written or read; `envelope.py` puts objects, lists and watch events into
what travels.
"""

from __future__ import annotations

from apiserver.protobuf.envelope import (
    MAGIC,
    MEDIA_TYPE,
    STREAM_TYPE,
    decode,
    encode,
    encode_list,
    frame,
    list_parts,
    wrap,
)

__all__ = ["MAGIC", "MEDIA_TYPE", "STREAM_TYPE", "decode", "encode", "encode_list", "frame", "list_parts", "wrap"]

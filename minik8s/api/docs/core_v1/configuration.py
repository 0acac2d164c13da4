"""What the types of `minik8s.api.core_v1.configuration` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ConfigMap": (
        "Settings that are no secret, for containers to read as variables, files or arguments; at most 1 MiB.",
        {
            "data": "Entries of text by key; keys are made of letters, digits, - _ and dots.",
            "binaryData": "Entries of bytes, in base64; their keys must differ from those of data.",
            "immutable": "Whether data can never change again; it cannot be taken back. Default false.",
        },
    ),
    "Secret": (
        "Small confidential data, such as passwords, tokens and keys; at most 1 MiB.",
        {
            "data": "Entries of bytes by key, in base64; keys are made of letters, digits, - _ and dots.",
            "type": "What the Secret is for and which keys it must have; Opaque by default. Immutable.",
            "stringData": "Entries given as plain text; merged into data when written, never read back.",
            "immutable": "Whether data can never change again; it cannot be taken back. Default false.",
        },
    ),
}

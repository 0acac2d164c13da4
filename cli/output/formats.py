"""The names of the output formats; apart from the printers so that help needs none of them."""

from __future__ import annotations

ALLOWED = (
    "custom-columns",
    "custom-columns-file",
    "go-template",
    "go-template-file",
    "json",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "name",
    "template",
    "templatefile",
    "wide",
    "yaml",
)
FORMATS = "json, yaml, name, wide, jsonpath=…, custom-columns=…, go-template=… (the last three also with -file)"

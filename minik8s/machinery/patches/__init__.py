"""Patches on plain JSON documents: JSON patch, JSON merge patch, strategic merge patch. Inputs are never changed."""

from __future__ import annotations

from minik8s.machinery.patches.errors import PatchError, PatchFormatError, PatchRejected
from minik8s.machinery.patches.json_patch import json_patch
from minik8s.machinery.patches.merge_patch import merge_patch
from minik8s.machinery.patches.strategic import strategic_merge
from minik8s.machinery.patches.three_way import three_way

__all__ = [
    "PatchError",
    "PatchFormatError",
    "PatchRejected",
    "json_patch",
    "merge_patch",
    "strategic_merge",
    "three_way",
]

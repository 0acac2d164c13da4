"""Which Ingresses are this controller's: by class name, by the older annotation, by the default class."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.networking_v1 import Ingress, IngressClass

ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT = "ingressclass.kubernetes.io/is-default-class"


class Classes:
    """The classes of one controller. `legacy` is a name the annotation may have without a class of that name."""

    def __init__(self, classes: Iterable[IngressClass], controller: str, legacy: str = "") -> None:
        held = [c for c in classes if c.spec.controller == controller]
        self.names = frozenset(c.metadata.name for c in held)
        self.is_default = any(c.metadata.annotations.get(DEFAULT) == "true" for c in held)
        self._legacy = legacy

    def has(self, ingress: Ingress) -> bool:
        """Whether an Ingress is ours; the annotation goes before the field, as the API says."""
        named = ingress.metadata.annotations.get(ANNOTATION)
        if named is not None:
            return named in self.names or bool(named) and named == self._legacy
        if ingress.spec.ingress_class_name is not None:
            return ingress.spec.ingress_class_name in self.names
        return self.is_default

"""DefaultIngressClass: an ingress that names no class gets the cluster's default one."""

from __future__ import annotations

from apiserver.admission.newest import newest_default
from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from minik8s.api.networking_v1 import Ingress, IngressClass

IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class"
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"


class DefaultIngressClass(Plugin):
    """Fills in spec.ingressClassName."""

    NAME = "DefaultIngressClass"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (("networking.k8s.io", "ingresses", ""),)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Take the newest of the default classes, if there is one."""
        ingress: Ingress = request.obj
        if ingress.spec.ingress_class_name is not None or _CLASS_ANNOTATION in ingress.metadata.annotations:
            return
        default = newest_default(self.context.reader.list(IngressClass), IS_DEFAULT)
        if default is not None:
            ingress.spec.ingress_class_name = default.metadata.name

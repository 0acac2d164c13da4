"""ServiceAccounts."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import ObjectReference, ServiceAccount

_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"
_DEPRECATED = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"


def _names_only(account: ServiceAccount) -> None:
    account.secrets = [ObjectReference(name=secret.name) for secret in account.secrets]


class ServiceAccountStrategy(Strategy[ServiceAccount]):
    """Who a pod acts as."""

    short_names = ("sa",)

    def prepare_for_create(self, obj: ServiceAccount, request: Request) -> None:
        """Secrets are referred to by name alone."""
        _names_only(obj)

    def validate(self, obj: ServiceAccount, request: Request) -> Errors:
        """Metadata."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        return errors

    def warnings_on_create(self, obj: ServiceAccount) -> list[str]:
        """An annotation on its way out."""
        if _MOUNTABLE in obj.metadata.annotations:
            return [f"metadata.annotations[{_MOUNTABLE}]: {_DEPRECATED}"]
        return []

    def prepare_for_update(self, new: ServiceAccount, old: ServiceAccount, request: Request) -> None:
        """Secrets are referred to by name alone."""
        _names_only(new)

    def validate_update(self, new: ServiceAccount, old: ServiceAccount, request: Request) -> Errors:
        """Metadata."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_metadata(new.metadata, errors, namespaced=True)
        return errors

    def warnings_on_update(self, new: ServiceAccount, old: ServiceAccount) -> list[str]:
        """The annotation, when it is new."""
        return [] if _MOUNTABLE in old.metadata.annotations else self.warnings_on_create(new)


STRATEGY = ServiceAccountStrategy()

"""Ingresses: HTTP from outside to services."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.addresses import check_ip, ip_warnings, parse_ip
from apiserver.registry.errors import Errors
from apiserver.registry.networking.ingress_rules import NOT_AN_ADDRESS, validate_backend, validate_rule, validate_tls
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.networking_v1 import Ingress, IngressSpec, IngressStatus

_CLASS = "kubernetes.io/ingress.class"


def _validate_spec(spec: IngressSpec, old: IngressSpec | None, errors: Errors) -> None:
    if not spec.rules and spec.default_backend is None:
        errors.invalid("spec", None, "either `defaultBackend` or `rules` must be specified")
    if spec.default_backend is not None:
        validate_backend(spec.default_backend, "spec.defaultBackend", errors)
    lenient = old is not None and any("*" in rule.host and _wrong(old, at) for at, rule in enumerate(old.rules))
    for index, rule in enumerate(spec.rules):
        validate_rule(rule, f"spec.rules[{index}]", errors, lenient_wildcards=lenient)
    any_secret = old is not None and any(formats.dns_subdomain(tls.secret_name) for tls in old.tls if tls.secret_name)
    for index, tls in enumerate(spec.tls):
        validate_tls(tls, f"spec.tls[{index}]", errors, any_secret=any_secret)
    if spec.ingress_class_name is not None:
        name = spec.ingress_class_name
        errors.invalid_each("spec.ingressClassName", name, formats.dns_subdomain(name))


def _wrong(spec: IngressSpec, at: int) -> bool:
    errors = Errors()
    validate_rule(spec.rules[at], "", errors, lenient_wildcards=False)
    return bool(errors)


class IngressStrategy(Strategy[Ingress]):
    """Hosts and paths, and where they lead."""

    short_names = ("ing",)

    def prepare_for_create(self, obj: Ingress, request: Request) -> None:
        """No address yet."""
        obj.status = IngressStatus()
        obj.metadata.generation = 1

    def validate(self, obj: Ingress, request: Request) -> Errors:
        """Rules and certificates; the old annotation says nothing else than the field."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, None, errors)
        annotation, name = obj.metadata.annotations.get(_CLASS), obj.spec.ingress_class_name
        if annotation is not None and name is not None and annotation != name:
            errors.invalid(f"annotations.{_CLASS}", annotation, "must match `ingressClassName` when both are specified")
        return errors

    def warnings_on_create(self, obj: Ingress) -> list[str]:
        """The class as an annotation."""
        if _CLASS not in obj.metadata.annotations:
            return []
        return [f"annotation \"{_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"]

    def prepare_for_update(self, new: Ingress, old: Ingress, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        count_generation(new, old)

    def validate_update(self, new: Ingress, old: Ingress, request: Request) -> Errors:
        """As a new object; what was lax before stays so."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_metadata(new.metadata, errors, namespaced=True)
        _validate_spec(new.spec, old.spec, errors)
        return errors


class IngressStatusStrategy(StatusStrategy[Ingress]):
    """Where the Ingress can be reached."""

    def validate_update(self, new: Ingress, old: Ingress, request: Request) -> Errors:
        """Addresses and names."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        stored = {each.ip for each in old.status.load_balancer.ingress}
        for index, each in enumerate(new.status.load_balancer.ingress):
            path = f"status.loadBalancer.ingress[{index}]"
            if each.ip:
                check_ip(each.ip, f"{path}.ip", errors, stored)
            if each.hostname:
                errors.invalid_each(f"{path}.hostname", each.hostname, formats.dns_subdomain(each.hostname))
                if parse_ip(each.hostname) is not None:
                    errors.invalid(f"{path}.hostname", each.hostname, NOT_AN_ADDRESS)
        return errors

    def warnings_on_update(self, new: Ingress, old: Ingress) -> list[str]:
        """Unusual spellings of addresses."""
        found = []
        for index, each in enumerate(new.status.load_balancer.ingress):
            if each.ip:
                found += ip_warnings(each.ip, f"status.loadBalancer.ingress[{index}]")
        return found


STRATEGY = IngressStrategy()
STRATEGY.subresources = {"status": IngressStatusStrategy()}

"""Names of certificate signers and of the trust bundles that belong to them."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors

_DOMAIN_MAX = 253
_NAME_MAX = 253 + 253 + 63 + 1 + 1


def is_kubernetes_signer(name: str) -> bool:
    """Whether a signer is one of Kubernetes' own."""
    host = name.partition("/")[0]
    return host == "kubernetes.io" or host.endswith(".kubernetes.io")


def validate_signer_name(name: str, path: str, errors: Errors) -> None:
    """A domain, a slash and a path."""
    if not name:
        errors.required(path)
        return
    segments = name.split("/")
    if len(segments) != 2:
        errors.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")
        return
    domain, rest = segments
    if len(domain.encode()) > _DOMAIN_MAX:
        errors.too_long(path, _DOMAIN_MAX)
    labels = domain.split(".")
    bad = next((label for label in labels if formats.dns_label(label)), None)
    if bad is not None:
        for message in formats.dns_label(bad):
            errors.invalid(path, domain, f'validating label "{bad}": {message}')
    if len(labels) < 2:
        errors.invalid(path, domain, "should be a domain with at least two segments separated by dots")
    bad = next((label for label in rest.split(".") if formats.dns_subdomain(label)), None)
    if bad is not None:
        for message in formats.dns_subdomain(bad):
            errors.invalid(path, rest, f'validating label "{bad}": {message}')
    if len(name.encode()) > _NAME_MAX:
        errors.too_long(path, _NAME_MAX)


def trust_bundle_signer(name: str) -> str:
    """The signer a trust bundle's name speaks of, "" if it speaks of none."""
    return name.rpartition(":")[0].replace(":", "/")


def trust_bundle_name_problems(name: str, signer: str) -> tuple[str, ...]:
    """What is wrong with the name of a trust bundle."""
    if not signer:
        if ":" in name:
            return ('ClusterTrustBundle without signer name must not have ":" in its name',)
        return formats.dns_subdomain(name)
    prefix = signer.replace("/", ":") + ":"
    if not name.startswith(prefix):
        return (f"ClusterTrustBundle for signerName {signer} must be named with prefix {prefix}",)
    return formats.dns_subdomain(name.removeprefix(prefix))

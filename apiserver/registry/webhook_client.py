"""Where a webhook is to be reached: a URL, or a service of the cluster."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.machinery.request_uri import uri_problem

_FORM = "; desired format: https://host[/path]"


def validate_webhook_url(url: str, path: str, errors: Errors) -> None:
    """An HTTPS URL of host and path alone."""
    if problem := uri_problem(url):
        errors.required(path, f"url must be a valid URL: {problem}{_FORM}")
        return
    try:
        parts = urlsplit(url)
    except ValueError as error:
        errors.required(path, f"url must be a valid URL: {error}{_FORM}")
        return
    if parts.scheme != "https":
        errors.invalid(path, parts.scheme, f"'https' is the only allowed URL scheme{_FORM}")
    user, at, host = parts.netloc.rpartition("@")
    if not host:
        errors.invalid(path, host, f"host must be specified{_FORM}")
    if at:
        errors.invalid(path, user, "user information is not permitted in the URL")
    if parts.fragment:
        errors.invalid(path, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        errors.invalid(path, parts.query, "query parameters are not permitted in the URL")


def validate_webhook_service(
    name: str, namespace: str, service_path: str | None, port: int | None, path: str, errors: Errors
) -> None:
    """A port of a service, and a path."""
    # Kubernetes confuses the two in what it says.
    if not namespace:
        errors.required(f"{path}.name")
    if not name:
        errors.required(f"{path}.namespace")
    if not 0 < (port or 0) < 65536:
        errors.invalid(f"{path}.port", port or 0, f"port is not valid: {formats.PORT_RANGE}")
    if not service_path or service_path == "/":
        return
    here = f"{path}.path"
    if service_path == "//":
        errors.invalid(here, service_path, "segment[0] may not be empty")
        return
    if not service_path.startswith("/"):
        errors.invalid(here, service_path, "must start with a '/'")
    for index, step in enumerate(service_path[1:].removesuffix("/").split("/")):
        if not step:
            errors.invalid(here, service_path, f"segment[{index}] may not be empty")
        for fault in formats.dns_subdomain(step) if step else ():
            errors.invalid(here, service_path, f"segment[{index}]: {fault}")


def validate_ca_bundle(bundle: bytes, path: str, errors: Errors) -> None:
    """Certificates in PEM, one at least."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(bundle)
    except ValueError:
        found = []
    if not found:
        why = (
            "no valid certificate authority data seen"
            if b"-----BEGIN" in bundle
            else "unable to parse bytes as PEM block"
        )
        shown = base64.b64encode(bundle).decode()
        errors.invalid(path, shown, f"unable to load root certificates: {why}")

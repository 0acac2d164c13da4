"""Where a Node's kubelet is and how the API server proves to it who it is."""

from __future__ import annotations

import os
import ssl
from typing import NamedTuple

import msgspec

from apiserver.auth.errors import StatusError, bad_request, not_found
from apiserver.auth.protocols import Reader
from minik8s.api.core_v1 import Node
from minik8s.api.meta_v1 import Status

PORT = 10250
ADDRESS_TYPES = ("Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP")


class KubeletSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The flags --kubelet-client-certificate, --kubelet-client-key, --kubelet-certificate-authority,
    --kubelet-preferred-address-types and --kubelet-timeout (seconds to connect)."""

    client_certificate: str = ""
    client_key: str = ""
    certificate_authority: str = ""
    preferred_address_types: tuple[str, ...] = ADDRESS_TYPES
    timeout: float = 5.0


class Place(NamedTuple):
    """A kubelet's address."""

    host: str
    port: int


class Kubelets:
    """The kubelets of all Nodes."""

    def __init__(self, settings: KubeletSettings, reader: Reader) -> None:
        self.settings = settings
        self._reader = reader
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}

    def find(self, node_name: str, plural: str = "nodes") -> Place:
        """The kubelet of a Node. Raises StatusError (404 without such a Node, 500 without an address).

        Kubernetes says of a Node it does not find that it is none of what the path is about: that is `plural`.
        """
        node = self._reader.get(Node, node_name)
        if node is None:
            raise not_found("", plural, node_name)
        return Place(self._address(node), node.status.daemon_endpoints.kubelet_endpoint.port or PORT)

    def _address(self, node: Node) -> str:
        for wanted in self.settings.preferred_address_types:
            for address in node.status.addresses:
                if address.type == wanted and address.address:
                    return address.address
        known = " ".join(f"{{{address.type} {address.address}}}" for address in node.status.addresses)
        raise failure(f"no preferred addresses found; known addresses: [{known}]")

    def tls(self, *, verify: bool = True) -> ssl.SSLContext:
        """How to speak TLS to a kubelet; files are read again when they have changed. Raises StatusError (500).

        Without a certificate authority in the settings nothing is verified, as in Kubernetes.
        """
        settings = self.settings
        files = (settings.client_certificate, settings.client_key, settings.certificate_authority)
        key = (verify, *(_changed(file) for file in files))
        found = self._contexts.get(key)
        if found is None:
            try:
                found = _context(settings, verify)
            except (OSError, ssl.SSLError) as error:
                raise failure(f"the kubelet client's certificate cannot be loaded: {error}") from None
            self._contexts = {other: context for other, context in self._contexts.items() if other[1:] == key[1:]}
            self._contexts[key] = found
        return found


def _context(settings: KubeletSettings, verify: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if verify and settings.certificate_authority:
        context.load_verify_locations(cafile=settings.certificate_authority)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.client_certificate:
        context.load_cert_chain(settings.client_certificate, settings.client_key or settings.client_certificate)
    return context


def _changed(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns if file else 0
    except OSError:
        return -1


def failure(message: str) -> StatusError:
    """A failure (500) without a reason, as the server's own errors become."""
    return StatusError(Status(status="Failure", message=message, code=500))


def scheduled(node_name: str, pod: str) -> str:
    """The Node a Pod is on. Raises StatusError (400) when it is on none yet."""
    if not node_name:
        raise bad_request(f"pod {pod} does not have a host assigned")
    return node_name

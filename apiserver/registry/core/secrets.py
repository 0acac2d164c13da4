"""Secrets: what each type must hold."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from apiserver.registry import formats
from apiserver.registry.core.config_maps import IMMUTABLE, MAX_SIZE
from apiserver.registry.errors import Errors
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import Secret

_ACCOUNT = "kubernetes.io/service-account.name"
_TLS = "kubernetes.io/tls"
_DOCKER_KEYS = {
    "kubernetes.io/dockercfg": ".dockercfg",
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
}
_REDACTED = "<secret contents redacted>"


def _validate_type(secret: Secret, errors: Errors) -> None:
    data = secret.data
    match secret.type:
        case "kubernetes.io/service-account-token":
            if not secret.metadata.annotations.get(_ACCOUNT):
                errors.required(f"metadata.annotations[{_ACCOUNT}]")
        case "kubernetes.io/dockercfg" | "kubernetes.io/dockerconfigjson":
            key = _DOCKER_KEYS[secret.type]
            if key not in data:
                errors.required(f"data[{key}]")
            elif problem := json_object_problem(data[key]):
                errors.invalid(f"data[{key}]", _REDACTED, problem)
        case "kubernetes.io/basic-auth":
            if "username" not in data and "password" not in data:
                errors.required("data[username]")
                errors.required("data[password]")
        case "kubernetes.io/ssh-auth":
            if not data.get("ssh-privatekey"):
                errors.required("data[ssh-privatekey]")
        case "kubernetes.io/tls":
            for key in ("tls.crt", "tls.key"):
                if key not in data:
                    errors.required(f"data[{key}]")


def _validate(secret: Secret, errors: Errors) -> None:
    validate_metadata(secret.metadata, errors, namespaced=True)
    size = 0
    for key, value in secret.data.items():
        if found := formats.config_map_key(key):
            errors.invalid_each(f"data[{key}]", key, found)
        size += len(value)
    if size > MAX_SIZE:
        errors.too_long("data", MAX_SIZE)
    _validate_type(secret, errors)


def _key_pair_problem(secret: Secret) -> str:
    """What is wrong with a TLS certificate and its key, "" when they fit."""
    certificate, key = secret.data.get("tls.crt", b""), secret.data.get("tls.key", b"")
    if b"-----BEGIN CERTIFICATE" not in certificate:
        return "tls: failed to find any PEM data in certificate input"
    if b"-----BEGIN" not in key or b"PRIVATE KEY" not in key:
        return "tls: failed to find any PEM data in key input"
    try:
        public = x509.load_pem_x509_certificates(certificate)[0].public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        return f"x509: {error}"
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "tls: failed to parse private key"
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != public.public_bytes(*form):
        return "tls: private key does not match public key"
    return ""


class SecretStrategy(Strategy[Secret]):
    """Bytes by key; the type decides which keys there must be."""

    selectable = ("type",)

    def default(self, obj: Secret, request: Request) -> None:
        """Text becomes bytes; a type."""
        if obj.string_data:
            obj.data = {**obj.data, **{key: value.encode() for key, value in obj.string_data.items()}}
            obj.string_data = {}
        if not obj.type:
            obj.type = "Opaque"

    def validate(self, obj: Secret, request: Request) -> Errors:
        """Keys, size, and what the type asks for."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def warnings_on_create(self, obj: Secret) -> list[str]:
        """A certificate and key that do not fit each other."""
        problem = _key_pair_problem(obj) if obj.type == _TLS else ""
        return [problem] if problem else []

    def prepare_for_update(self, new: Secret, old: Secret, request: Request) -> None:
        """The type stays where none is given."""
        new.type = new.type or old.type

    def validate_update(self, new: Secret, old: Secret, request: Request) -> Errors:
        """The type never changes, nor what is immutable."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        errors.immutable("type", new.type, old.type)
        if old.immutable:
            if not new.immutable:
                errors.forbidden("immutable", IMMUTABLE)
            if new.data != old.data:
                errors.forbidden("data", IMMUTABLE)
        _validate(new, errors)
        return errors

    def warnings_on_update(self, new: Secret, old: Secret) -> list[str]:
        """A certificate and key that do not fit each other."""
        return self.warnings_on_create(new)

    def select(self, obj: Secret) -> dict[str, str]:
        """By type."""
        return {"type": obj.type}


STRATEGY = SecretStrategy()

"""Projected volumes: several sources in one directory."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.object_meta import ANNOTATIONS_MAX
from apiserver.registry.pod_spec.volume_files import validate_downward_file, validate_item
from apiserver.registry.pod_spec.volume_paths import file_mode, local_non_reserved
from apiserver.registry.signer_names import (
    is_kubernetes_signer,
    trust_bundle_name_problems,
    trust_bundle_signer,
    validate_signer_name,
)
from minik8s.api.core_v1 import (
    ClusterTrustBundleProjection,
    PodCertificateProjection,
    ProjectedVolumeSource,
    ServiceAccountTokenProjection,
)

_KEY_TYPES = ("RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519")
_MAX_EXPIRATION = 91 * 24 * 3600
_MAX_KUBERNETES_EXPIRATION = 24 * 3600
_CONFLICT = "conflicting duplicate paths"


class _Paths:
    """The files of one volume; two sources may not write the same one."""

    def __init__(self, volume_path: str, errors: Errors) -> None:
        self._volume_path = volume_path
        self._errors = errors
        self._taken: set[str] = set()

    def take(self, path: str, blame: str) -> None:
        if path in self._taken:
            self._errors.invalid(self._volume_path, blame, _CONFLICT)
        self._taken.add(path)


def _token(source: ServiceAccountTokenProjection, path: str, volume: str, errors: Errors, any_path: bool) -> None:
    seconds = source.expiration_seconds or 0
    here = f"{path}.expirationSeconds"
    if seconds < 600:
        errors.invalid(here, seconds, "may not specify a duration less than 10 minutes")
    if seconds > 1 << 32:
        errors.invalid(here, seconds, "may not specify a duration larger than 2^32 seconds")
    if not source.path:
        errors.required(f"{volume}.path")
    elif not any_path:
        local_non_reserved(source.path, f"{volume}.path", errors)


def _trust_bundle(source: ClusterTrustBundleProjection, path: str, errors: Errors) -> None:
    name, signer = source.name, source.signer_name
    if name is not None and signer is not None:
        errors.invalid(path, internal_form(source), "only one of name and signerName may be used")
    elif name is not None:
        if not name:
            errors.required(f"{path}.name", "must be a valid object name")
        for message in trust_bundle_name_problems(name, trust_bundle_signer(name)):
            errors.invalid(f"{path}.name", name, f"not a valid clustertrustbundlename: {message}")
        if source.label_selector is not None:
            errors.invalid(
                f"{path}.labelSelector",
                internal_form(source.label_selector),
                "labelSelector must be unset if name is specified",
            )
    elif signer is not None:
        if not signer:
            errors.required(f"{path}.signerName", "must be a valid signer name")
        validate_signer_name(signer, f"{path}.signerName", errors)
        validate_label_selector(source.label_selector, f"{path}.labelSelector", errors)
    else:
        errors.required(path, "either name or signerName must be specified")
    if not source.path:
        errors.required(f"{path}.path")
    local_non_reserved(source.path, f"{path}.path", errors)


def _certificate(source: PodCertificateProjection, path: str, paths: _Paths, errors: Errors) -> None:
    validate_signer_name(source.signer_name, f"{path}.signerName", errors)
    for key in source.user_annotations:
        formats.check_domain_prefixed_key(key.lower(), f"{path}.userAnnotations", errors)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in source.user_annotations.items())
    if size > ANNOTATIONS_MAX:
        errors.too_long(f"{path}.userAnnotations", ANNOTATIONS_MAX)
    if source.key_type not in _KEY_TYPES:
        errors.not_supported(f"{path}.keyType", source.key_type, _KEY_TYPES)
    seconds = source.max_expiration_seconds
    if seconds is not None:
        here = f"{path}.maxExpirationSeconds"
        if seconds < 3600:
            errors.invalid(here, seconds, "if provided, maxExpirationSeconds must be >= 3600")
        most = _MAX_KUBERNETES_EXPIRATION if is_kubernetes_signer(source.signer_name) else _MAX_EXPIRATION
        if seconds > most:
            errors.invalid(here, seconds, f"if provided, maxExpirationSeconds must be <= {most}")
    named = (
        ("credentialBundlePath", source.credential_bundle_path),
        ("keyPath", source.key_path),
        ("certificateChainPath", source.certificate_chain_path),
    )
    for name, value in named:
        if value:
            local_non_reserved(value, f"{path}.{name}", errors)
            paths.take(value, value)
    if not any(value for _, value in named):
        errors.required(path, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath")


def validate_projected(
    projected: ProjectedVolumeSource, path: str, errors: Errors, *, any_token_path: bool = False
) -> None:
    """One kind for each source, no file twice."""
    file_mode(projected.default_mode, f"{path}.defaultMode", errors)
    paths = _Paths(path, errors)
    for index, source in enumerate(projected.sources):
        here = f"{path}.sources[{index}]"
        count = 0
        for name, found in (("secret", source.secret), ("configMap", source.config_map)):
            if found is None:
                continue
            count += 1
            if not found.name:
                errors.required(f"{here}.{name}.name")
            for at, item in enumerate(found.items):
                validate_item(item, f"{here}.{name}.items[{at}]", errors)
                if item.path:
                    paths.take(item.path, found.name)
        if source.downward_api is not None:
            count += 1
            for file in source.downward_api.items:
                validate_downward_file(file, f"{here}.downwardAPI", errors)
                if file.path:
                    paths.take(file.path, file.path)
        if source.service_account_token is not None:
            count += 1
            token_path = f"{here}.serviceAccountToken"
            _token(source.service_account_token, token_path, path, errors, any_token_path)
        if source.cluster_trust_bundle is not None:
            count += 1
            _trust_bundle(source.cluster_trust_bundle, f"{here}.clusterTrustBundle", errors)
            paths.take(source.cluster_trust_bundle.path, source.cluster_trust_bundle.path)
        if source.pod_certificate is not None:
            count += 1
            _certificate(source.pod_certificate, f"{here}.podCertificate", paths, errors)
        if count > 1:
            errors.forbidden(here, "may not specify more than 1 volume type per source")

"""Kinds and types of API group version `certificates.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, NoneType, Struct, Time, always
from minik8s.api.objects import ListObject, Object


class CertificateSigningRequestSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.certificates.v1.CertificateSigningRequestSpec"
    request: Annotated[bytes, F(1, required=True)] = always(bytes)
    username: Annotated[str, F(2)] = ""
    uid: Annotated[str, F(3)] = ""
    groups: Annotated[list[str], F(4, list_type="atomic")] = []
    usages: Annotated[list[str], F(5, enum=("any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",), list_type="atomic")] = []
    extra: Annotated[dict[str, list[str]], F(6)] = {}
    signer_name: Annotated[str, F(7, required=True)] = always(str)
    expiration_seconds: Annotated[Int32 | None, F(8)] = None


class CertificateSigningRequestStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.certificates.v1.CertificateSigningRequestStatus"
    conditions: Annotated[list[CertificateSigningRequestCondition], F(1, list_type="map", list_map_keys=("type",))] = []
    certificate: Annotated[bytes, F(2)] = b""


class CertificateSigningRequest(Object):
    PROTO: ClassVar[str] = "k8s.io.api.certificates.v1.CertificateSigningRequest"
    api_version: str = always(lambda: "certificates.k8s.io/v1")
    kind: str = always(lambda: "CertificateSigningRequest")
    spec: Annotated[CertificateSigningRequestSpec, F(2, required=True)] = always(CertificateSigningRequestSpec)
    status: Annotated[CertificateSigningRequestStatus, F(3)] = always(CertificateSigningRequestStatus)


class CertificateSigningRequestCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.certificates.v1.CertificateSigningRequestCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    reason: Annotated[str, F(2)] = ""
    message: Annotated[str, F(3)] = ""
    last_update_time: Annotated[Time | None, F(4)] = always(NoneType)
    last_transition_time: Annotated[Time | None, F(5)] = always(NoneType)
    status: Annotated[str, F(6, required=True)] = always(str)


class CertificateSigningRequestList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.certificates.v1.CertificateSigningRequestList"
    api_version: str = always(lambda: "certificates.k8s.io/v1")
    kind: str = always(lambda: "CertificateSigningRequestList")
    items: Annotated[list[CertificateSigningRequest], F(2, required=True)] = always(list)

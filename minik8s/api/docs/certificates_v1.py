"""What the types of `minik8s.api.certificates_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "CertificateSigningRequestSpec": (
        "Which certificate is asked for, and by whom; immutable.",
        {
            "request": "The request in PKCS#10, in PEM and then in base64.",
            "username": "Name of the user who made the request; filled in by the server.",
            "uid": "Unique identifier of that user; filled in by the server.",
            "groups": "Groups of that user; filled in by the server.",
            "usages": "What the key may be used for, such as digital signature, client auth or server auth.",
            "extra": "Further facts about that user; filled in by the server.",
            "signerName": "The signer that is asked, such as kubernetes.io/kube-apiserver-client.",
            "expirationSeconds": "Wanted life of the certificate, at least 600 seconds; the signer may choose another.",
        },
    ),
    "CertificateSigningRequestStatus": (
        "What became of a request: the decisions and the certificate.",
        {
            "conditions": "Decisions that were made: Approved, Denied or Failed; they cannot be taken back.",
            "certificate": "The certificate in PEM, with any intermediates behind it; immutable once set.",
        },
    ),
    "CertificateSigningRequest": (
        "Asks a signer for an X.509 certificate; approved or denied by somebody who may.",
        {
            "spec": "Which certificate is asked for, and by whom.",
            "status": "What was decided, and the certificate; written by approvers and signers.",
        },
    ),
    "CertificateSigningRequestCondition": (
        "One decision about a request for a certificate.",
        {
            "type": "The decision: Approved, Denied or Failed; Approved and Denied exclude each other.",
            "reason": "CamelCase word for why it was decided so.",
            "message": "Why it was decided so, written for people.",
            "lastUpdateTime": "When the condition was last written, changed or not.",
            "lastTransitionTime": "When status last changed; filled in by the server if unset.",
            "status": "Whether it holds; always True for the three decisions.",
        },
    ),
}

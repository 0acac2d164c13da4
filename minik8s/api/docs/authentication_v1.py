"""What the types of `minik8s.api.authentication_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "BoundObjectReference": (
        "The object whose end also ends the life of a token.",
        {
            "kind": "Kind of the object: Pod, Secret or Node.",
            "apiVersion": "API version of the object that is meant, which is v1.",
            "name": "Name of the object, in its namespace if it has one.",
            "uid": "Unique identifier of the object; filled in by the server if unset.",
        },
    ),
    "UserInfo": (
        "Who somebody is, as authentication tells it.",
        {
            "username": "Name of the user, unique among those who are active.",
            "uid": "Identifier that tells the user from earlier ones of the same name.",
            "groups": "Names of the groups that the user belongs to.",
            "extra": "Further facts from the authenticator, each with a list of values.",
        },
    ),
    "TokenRequestSpec": (
        "Which token is wanted: for whom, for how long and bound to what.",
        {
            "audiences": "Who the token is meant for; the API server when empty. Others must refuse it.",
            "expirationSeconds": "Wanted life in seconds, at least 600 and 3600 by default; the answer may differ.",
            "boundObjectRef": "Object whose end also ends the token; unset for none.",
        },
    ),
    "TokenRequestStatus": (
        "The token that was issued, and when it expires.",
        {
            "token": "The token itself, in the form that goes behind Bearer in a request.",
            "expirationTimestamp": "When the token expires and is no longer accepted.",
        },
    ),
    "TokenRequest": (
        "Asks for a token of a service account; posted to its token subresource and never stored.",
        {
            "spec": "Which token is wanted: for whom, for how long and bound to what.",
            "status": "The token and its end, filled in by the server.",
        },
    ),
    "SelfSubjectReviewStatus": (
        "Who the sender of a request is to the server.",
        {
            "userInfo": "The sender's name, groups and further facts.",
        },
    ),
    "SelfSubjectReview": (
        "Asks the server who it takes one to be; never stored.",
        {
            "status": "The answer to the question, filled in by the server.",
        },
    ),
    "TokenReviewSpec": (
        "The token that is to be checked, and who it should be for.",
        {
            "token": "The token as it came, without the word Bearer. Required.",
            "audiences": "Who the token should be meant for; the API server when empty.",
        },
    ),
    "TokenReviewStatus": (
        "Whether a token is good, and who it belongs to.",
        {
            "authenticated": "Whether the token is good and belongs to a known user.",
            "user": "Who the token belongs to; only if it is good.",
            "error": "Why the token could not be checked, if so.",
            "audiences": "Those of the wanted audiences that the token is meant for; empty for authenticators that know none.",
        },
    ),
    "TokenReview": (
        "Asks whether a token is good, and whose it is; never stored.",
        {
            "spec": "The token that is to be checked, and who it should be for.",
            "status": "The answer to the question, filled in by the server.",
        },
    ),
}

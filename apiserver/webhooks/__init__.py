"""Webhooks: servers of others that are asked over HTTPS, and those among them that take part in admission.

`client.py` asks any webhook and knows nothing of admission; `review.py` speaks AdmissionReview; `mutating.py` and
`validating.py` are the admission plugins over what `configurations.py` keeps ready.
"""

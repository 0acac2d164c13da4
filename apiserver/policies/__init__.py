"""Admission policies: expressions that judge requests (ValidatingAdmissionPolicy) or change what they bring
(MutatingAdmissionPolicy), put to use by bindings.

`source.py` keeps policies and bindings ready and finds those that are about a request, `parameters.py` what a binding
gives them; `validations.py` and `mutations.py` evaluate one policy, `validating.py` and `mutating.py` are the plugins.
"""

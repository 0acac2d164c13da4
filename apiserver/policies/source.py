"""Policies with their bindings, ready to be asked; those about a request are found once for all that are alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

from apiserver.admission.matching.targets import Served, Target, is_namespace, name_of, target_of
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.protocols import Reader
from apiserver.policies.matching import Match
from minik8s.api.admissionregistration_v1 import (
    MutatingAdmissionPolicy,
    MutatingAdmissionPolicyBinding,
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
)

Policy = TypeVar("Policy", ValidatingAdmissionPolicy, MutatingAdmissionPolicy)
Binding = TypeVar("Binding", ValidatingAdmissionPolicyBinding, MutatingAdmissionPolicyBinding)
P = TypeVar("P", bound="Ready")
_MOST_KINDS = 4096


class Ready(Protocol):
    """A policy made ready; its expressions are compiled when they are first needed."""

    name: str
    match: Match


class Bound(Generic[Binding]):
    """A binding."""

    def __init__(self, binding: Binding) -> None:
        self.name = binding.metadata.name
        self.policy = binding.spec.policy_name
        self.params = binding.spec.param_ref
        self.match = Match(binding.spec.match_resources)
        self.binding: Binding = binding


class Candidate(NamedTuple, Generic[P, Binding]):
    """A policy whose rules are about a request, under which version they are, and its bindings."""

    policy: P
    target: Target
    bindings: Sequence[Bound[Binding]]


class Source(Generic[Policy, Binding, P]):
    """All policies of one sort by name, each with its bindings by name."""

    def __init__(
        self,
        reader: Reader,
        policies: type[Policy],
        bindings: type[Binding],
        make: Callable[[Policy], P],
        served: Served,
    ) -> None:
        self._served = served
        self._make: Callable[[Policy], P] = make
        self._policies: dict[str, P] = {}
        self._bindings: dict[str, dict[str, Bound[Binding]]] = {}
        self._active: list[tuple[P, Sequence[Bound[Binding]]]] = []
        self._by_name = False
        self._found: dict[tuple[object, ...], tuple[Candidate[P, Binding], ...]] = {}
        reader.on_change(policies, self._policy_changed)
        reader.on_change(bindings, self._binding_changed)

    def _policy_changed(self, old: Policy | None, new: Policy | None) -> None:
        if new is None:
            assert old is not None
            self._policies.pop(old.metadata.name, None)
        elif old is not None and old.spec == new.spec and new.metadata.name in self._policies:
            return
        else:
            self._policies[new.metadata.name] = self._make(new)
        self._settle()

    def _binding_changed(self, old: Binding | None, new: Binding | None) -> None:
        if old is not None:
            held = self._bindings.get(old.spec.policy_name, {})
            held.pop(old.metadata.name, None)
            if not held:
                self._bindings.pop(old.spec.policy_name, None)
        if new is not None:
            self._bindings.setdefault(new.spec.policy_name, {})[new.metadata.name] = Bound(new)
        self._settle()

    def _settle(self) -> None:
        self._active = []
        for name in sorted(self._policies.keys() & self._bindings.keys()):
            held = self._bindings[name]
            self._active.append((self._policies[name], [held[each] for each in sorted(held)]))
        self._by_name = any(
            policy.match.by_name or any(bound.match.by_name for bound in bindings) for policy, bindings in self._active
        )
        self._found.clear()

    @property
    def empty(self) -> bool:
        """Whether no policy is in use."""
        return not self._active

    def forget(self) -> None:
        """Match anew: resources have come or gone."""
        self._found.clear()

    def candidates(self, request: AdmissionRequest) -> Sequence[Candidate[P, Binding]]:
        """Policies whose rules, and those of bindings of theirs, are about a request."""
        placed = bool(request.namespace) and not is_namespace(request)
        name = name_of(request) if self._by_name else ""
        key = (request.operation, target_of(request), request.subresource, placed, name)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_KINDS:
                self._found.clear()
            found = self._found[key] = tuple(self._matching(request))
        return found

    def _matching(self, request: AdmissionRequest) -> list[Candidate[P, Binding]]:
        found = []
        for policy, bindings in self._active:
            target = policy.match.target(request, self._served)
            if target is None:
                continue
            bound = [each for each in bindings if each.match.target(request, self._served) is not None]
            if bound:
                found.append(Candidate(policy, target, bound))
        return found

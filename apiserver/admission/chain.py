"""The enabled plugins in order, with those that matter found once per kind of request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from apiserver.admission.plugin import AdmissionPlugin, AdmissionRequest, Operation
from apiserver.measures.admission import ADMIT, VALIDATE, AdmissionTallies

_Step = Callable[[AdmissionRequest], Awaitable[None]]
_Key = tuple[Operation, str, str, str]


class AdmissionChain:
    """Runs mutating plugins, and later, on what came of it, validating ones."""

    def __init__(self, plugins: Sequence[AdmissionPlugin]) -> None:
        self.plugins = tuple(plugins)
        self._mutating: dict[_Key, tuple[_Step, ...]] = {}
        self._validating: dict[_Key, tuple[_Step, ...]] = {}
        self.tallies = AdmissionTallies()

    def _steps(self, key: _Key) -> tuple[tuple[_Step, ...], tuple[_Step, ...]]:
        interested = [plugin for plugin in self.plugins if plugin.handles(*key)]
        self._mutating[key] = tuple(plugin.mutate for plugin in interested if plugin.mutates)
        self._validating[key] = tuple(plugin.validate for plugin in interested if plugin.validates)
        return self._mutating[key], self._validating[key]

    async def mutate(self, request: AdmissionRequest) -> None:
        """Let every mutating plugin change the request, once more if one asks for it. Raises StatusError."""
        key = (request.operation, request.group, request.resource, request.subresource)
        steps = self._mutating.get(key)
        if steps is None:
            steps = self._steps(key)[0]
        began, refused = perf_counter(), True
        try:
            for step in steps:
                await step(request)
            rounds = request.rounds
            if rounds is not None and rounds.needed:
                rounds.again = True
                for step in steps:
                    await step(request)
            refused = False
        finally:
            self.tallies.step(ADMIT, request.operation, perf_counter() - began, rejected=refused)

    async def validate(self, request: AdmissionRequest) -> None:
        """Let every validating plugin judge the request. Raises StatusError."""
        key = (request.operation, request.group, request.resource, request.subresource)
        steps = self._validating.get(key)
        if steps is None:
            steps = self._steps(key)[1]
        began, refused = perf_counter(), True
        try:
            for step in steps:
                await step(request)
            refused = False
        finally:
            self.tallies.step(VALIDATE, request.operation, perf_counter() - began, rejected=refused)

    def concerns(self, operation: Operation, group: str, resource: str, subresource: str = "") -> bool:
        """Whether any plugin looks at such requests: where none does, no request object need be made."""
        key = (operation, group, resource, subresource)
        steps = (self._mutating[key], self._validating[key]) if key in self._mutating else self._steps(key)
        return bool(steps[0] or steps[1])

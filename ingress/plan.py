"""From Ingresses and what they name to the model: a pure function, run again whenever anything changed.

Ingresses are taken the oldest first: of two that ask for the same path of the same host the older one has it. A host's
own paths go before those of rules without a host, which hold for every host; behind them come default backends.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence

from ingress import paths, secrets
from ingress.annotations import Refused, Settings, parse
from ingress.backends import Backend, NoBackend, resolve
from ingress.hosts import BadHost, covers, parse_host
from ingress.model import Key, Location, Model, Problem, Server
from ingress.paths import BadPath, Match
from ingress.secrets import BadSecret, CheckPair
from minik8s.api.core_v1 import Secret, Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.api.networking_v1 import Ingress, IngressBackend


@dataclasses.dataclass(frozen=True, slots=True)
class Cluster:
    """Where the plan looks things up, by namespace and name."""

    service: Callable[[str, str], Service | None]
    slices: Callable[[str, str], Iterable[EndpointSlice]]
    secret: Callable[[str, str], Secret | None]
    check_pair: CheckPair
    external_names: bool = True
    """Whether Services of type ExternalName are led to."""


def plan(ingresses: Iterable[Ingress], cluster: Cluster, excluded: Sequence[Problem] = ()) -> Model:
    """What is to be served; `excluded` are Ingresses left out, with the reason."""
    work = _Plan(cluster)
    work.problems.extend(excluded)
    left_out = {problem.owner for problem in excluded}
    for ingress in sorted(ingresses, key=_age):
        if (ingress.metadata.namespace, ingress.metadata.name) not in left_out:
            work.add(ingress)
    return work.model()


def key_of(ingress: Ingress) -> Key:
    """Namespace and name."""
    return ingress.metadata.namespace, ingress.metadata.name


def secrets_of(ingress: Ingress) -> bool:
    """Whether an Ingress names Secrets."""
    return any(tls.secret_name for tls in ingress.spec.tls) or any(
        name.endswith("/auth-secret") for name in ingress.metadata.annotations
    )


def _age(ingress: Ingress) -> tuple[str, str, str]:
    meta = ingress.metadata
    return str(meta.creation_timestamp or ""), meta.namespace, meta.name


@dataclasses.dataclass(slots=True)
class _Host:
    locations: dict[Match, Location] = dataclasses.field(default_factory=dict)
    fallback: Location | None = None
    tls: bool = False
    certificate: str = ""
    certificate_of: Key | None = None


class _Plan:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._hosts: dict[str, _Host] = {"": _Host()}
        self._fallbacks: list[tuple[bool, Location]] = []
        """Default backends, and whether their Ingress has rules."""
        self._files: dict[str, bytes] = {}
        self._accepted: set[Key] = set()
        self._backends: dict[tuple[str, str, str, int], Backend | None] = {}
        self.problems: list[Problem] = []

    def add(self, ingress: Ingress) -> None:
        """Take one in; what is wrong with it becomes a problem of its own and nobody else's."""
        owner = key_of(ingress)
        try:
            settings, unknown = parse(ingress.metadata.annotations)
        except Refused as error:
            self._tell(owner, "Rejected", str(error))
            return
        if unknown:
            self._tell(owner, "Ignored", f"without effect here: annotation {', '.join(unknown)}")
        self._accepted.add(owner)
        passwords, closed = self._passwords(owner, settings)
        make = _Maker(owner, settings, passwords, closed)
        hosts = self._rules(ingress, make)
        if ingress.spec.default_backend is not None:
            location = make(paths.ROOT, self._backend(owner, ingress.spec.default_backend))
            self._fallbacks.append((bool(ingress.spec.rules), location))
            for host in hosts:
                if host and self._hosts[host].fallback is None:
                    self._hosts[host].fallback = location
        self._tls(ingress, owner, hosts)

    def _rules(self, ingress: Ingress, make: _Maker) -> list[str]:
        owner, settings = make.owner, make.settings
        regex = settings.use_regex or bool(settings.rewrite_target)
        hosts = []
        for rule in ingress.spec.rules:
            try:
                name = parse_host(rule.host)
            except BadHost as error:
                self._tell(owner, "Rejected", str(error))
                continue
            hosts.append(name)
            host = self._hosts.setdefault(name, _Host())
            for path in rule.http.paths if rule.http is not None else []:
                try:
                    match = paths.parse(path.path, path.path_type, regex)
                except BadPath as error:
                    self._tell(owner, "Rejected", str(error))
                    continue
                held = host.locations.get(match)
                if held is None:
                    host.locations[match] = make(match, self._backend(owner, path.backend))
                elif held.owner != owner:
                    other = "/".join(held.owner)
                    self._tell(owner, "Conflict", f"{name or '*'}{path.path} is served for the older ingress {other}")
        return hosts

    def _backend(self, owner: Key, wanted: IngressBackend) -> Backend | None:
        if wanted.service is None:
            self._tell(owner, "BackendNotFound", "a backend that is no Service cannot be led to here")
            return None
        named = wanted.service
        key = (owner[0], named.name, named.port.name, named.port.number)
        if key not in self._backends:
            self._backends[key] = None
            service = self._cluster.service(owner[0], named.name)
            try:
                found = resolve(owner[0], named, service, self._cluster.slices(owner[0], named.name))
                if found.external and not self._cluster.external_names:
                    raise NoBackend(f'service "{owner[0]}/{named.name}": external names are switched off here')
                self._backends[key] = found
            except NoBackend as error:
                self._tell(owner, "BackendNotFound", str(error))
        return self._backends[key]

    def _passwords(self, owner: Key, settings: Settings) -> tuple[str, bool]:
        """The file of passwords; and whether there should be one and is none, so that nobody may enter."""
        if not settings.auth_type:
            return "", False
        namespace, _, name = settings.auth_secret.rpartition("/")
        try:
            if namespace and namespace != owner[0]:
                raise BadSecret(f'secret "{settings.auth_secret}" is in another namespace')
            path, content = secrets.passwords((owner[0], name), self._cluster.secret(owner[0], name), settings)
        except BadSecret as error:
            self._tell(owner, "BadSecret", f"{error}; its paths answer 503")
            return "", True
        self._files[path] = content
        return path, False

    def _tls(self, ingress: Ingress, owner: Key, own_hosts: list[str]) -> None:
        for tls in ingress.spec.tls:
            path = ""
            if tls.secret_name:
                name = (owner[0], tls.secret_name)
                try:
                    path, content = secrets.certificate(name, self._cluster.secret(*name), self._cluster.check_pair)
                    self._files[path] = content
                except BadSecret as error:
                    self._tell(owner, "BadSecret", f"{error}; the fallback certificate is served")
            for host in self._covered(tls.hosts, owner, own_hosts):
                entry = self._hosts.setdefault(host, _Host())
                entry.tls = True
                if path and not entry.certificate:
                    entry.certificate, entry.certificate_of = path, owner

    def _covered(self, named: list[str], owner: Key, own_hosts: list[str]) -> list[str]:
        """The hosts a TLS entry is for: those it names, of wildcards those with rules, without names all of them."""
        if not named:
            return own_hosts or [""]
        found = []
        for text in named:
            try:
                host = parse_host(text)
            except BadHost as error:
                self._tell(owner, "Rejected", str(error))
                continue
            found.append(host)
            found += [own for own in own_hosts if own != host and covers(host, own)]
        return found

    def _tell(self, owner: Key, reason: str, message: str) -> None:
        self.problems.append(Problem(owner, reason, message))

    def model(self) -> Model:
        """All hosts, each with everything it serves."""
        general = self._hosts[""]
        last = min(self._fallbacks, key=lambda pair: pair[0], default=(False, None))[1]
        servers = []
        for name in sorted(self._hosts):
            host = self._hosts[name]
            found = {match: host.locations[match] for match in paths.ordered(host.locations)}
            if name:
                for match in paths.ordered(general.locations):
                    if not any(own == match or own.covers(match) for own in host.locations):
                        found[match] = general.locations[match]
            fallback = host.fallback or last
            if fallback is not None:
                found.setdefault(paths.ROOT, fallback)
            locations = tuple(found.values())
            servers.append(Server(name, locations, host.tls, host.certificate, host.certificate_of))
        used = {s.certificate for s in servers} | {at.passwords for s in servers for at in s.locations}
        files = {path: content for path, content in self._files.items() if path in used}
        return Model(tuple(servers), files, tuple(self.problems), frozenset(self._accepted))


@dataclasses.dataclass(frozen=True, slots=True)
class _Maker:
    owner: Key
    settings: Settings
    passwords: str
    closed: bool

    def __call__(self, match: Match, backend: Backend | None) -> Location:
        return Location(match, self.owner, self.settings, backend, self.passwords, self.closed)

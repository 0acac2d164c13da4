"""Which group versions others serve, and how to reach them."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from apiserver.aggregation.settings import AggregationSettings
from apiserver.auth.protocols import Reader
from apiserver.webhooks.services import Address, NoAddress, Services
from apiserver.webhooks.tls import BadBundle, Contexts
from minik8s.api.apiregistration_v1 import APIService, APIServiceSpec, ServiceReference

AVAILABLE = "Available"
_PORT = 443


class Remote:
    """An APIService that names a Service. `available` is what was last found out."""

    def __init__(self, service: APIService) -> None:
        self.name = service.metadata.name
        self.available = any(each.type == AVAILABLE and each.status == "True" for each in service.status.conditions)
        self.spec: APIServiceSpec = service.spec

    @property
    def service(self) -> ServiceReference:
        """The Service."""
        assert self.spec.service is not None
        return self.spec.service

    @property
    def port(self) -> int:
        """The Service's port."""
        return self.service.port or _PORT

    @property
    def server_name(self) -> str:
        """What its certificate must be for."""
        return f"{self.service.name}.{self.service.namespace}.svc"

    @property
    def group_version(self) -> str:
        """As in `apiVersion`."""
        return f"{self.spec.group}/{self.spec.version}"


class Unreachable(Exception):
    """A remote cannot be asked as things stand; the text says why."""


class Misconfigured(Unreachable):
    """What a remote's APIService says cannot be used to speak to it."""


class Remotes:
    """All remotes by group version; `changed` functions are told of each that comes, changes or goes (then None)."""

    def __init__(self, reader: Reader, services: Services, settings: AggregationSettings) -> None:
        self._services = services
        self._settings = settings
        self._contexts = Contexts()
        self._files: tuple[int, ...] = ()
        self.by_group_version: dict[tuple[str, str], Remote] = {}
        self.changed: list[Callable[[tuple[str, str], Remote | None], None]] = []
        reader.on_change(APIService, self._note)

    def _note(self, old: APIService | None, new: APIService | None) -> None:
        if old is not None and (new is None or new.spec.service is None) and old.spec.service is not None:
            key = (old.spec.group, old.spec.version)
            if self.by_group_version.pop(key, None) is not None:
                self._tell(key, None)
        if new is None or new.spec.service is None:
            return
        key = (new.spec.group, new.spec.version)
        held = self.by_group_version.get(key)
        if held is not None and held.spec == new.spec:
            held.available = Remote(new).available
            return
        self.by_group_version[key] = Remote(new)
        self._tell(key, self.by_group_version[key])

    def _tell(self, key: tuple[str, str], remote: Remote | None) -> None:
        for tell in self.changed:
            tell(key, remote)

    def find(self, path: str) -> Remote | None:
        """Who serves a path, None for what this server serves itself."""
        if not self.by_group_version or not path.startswith("/apis/"):
            return None
        parts = path.split("/", 4)
        return self.by_group_version.get((parts[2], parts[3])) if len(parts) > 3 else None

    def address(self, remote: Remote) -> Address:
        """Where to connect to. Raises NoAddress."""
        service = remote.service
        return self._services.find(service.namespace, service.name, remote.port)

    def reach(self, remote: Remote) -> tuple[Address, ssl.SSLContext]:
        """Where a remote is and how to speak to it. Raises Unreachable, Misconfigured for a bad CA bundle."""
        files = self._settings.changed()
        if files != self._files:
            self._files = files
            self._contexts.forget()
        spec = remote.spec
        try:
            context = self._contexts.get(
                spec.ca_bundle,
                remote.server_name,
                verify=not spec.insecure_skip_tls_verify,
                certificate=self._settings.certificate,
            )
            return self.address(remote), context
        except BadBundle as error:
            raise Misconfigured(str(error)) from None
        except (NoAddress, OSError) as error:
            raise Unreachable(str(error)) from None

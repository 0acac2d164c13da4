"""Roles and bindings indexed by subject, kept up with the watch cache."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.auth.protocols import SERVICE_ACCOUNT_PREFIX, Reader, User
from minik8s.api.rbac_v1 import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject

_Binding = ClusterRoleBinding | RoleBinding
_Key = tuple[bool, str]  # (is a group, name)


def _subject_key(subject: Subject, namespace: str) -> _Key | None:
    if subject.kind == "User":
        return (False, subject.name)
    if subject.kind == "Group":
        return (True, subject.name)
    if subject.kind == "ServiceAccount":
        where = subject.namespace or namespace
        return (False, f"{SERVICE_ACCOUNT_PREFIX}{where}:{subject.name}") if where else None
    return None


def _describe(binding: _Binding, subject: Subject) -> str:
    namespace = binding.metadata.namespace
    who = subject.name
    if subject.kind == "ServiceAccount":
        who = f"{subject.name}/{subject.namespace or namespace}"
    named = f"{binding.metadata.name}/{namespace}" if namespace else binding.metadata.name
    role = binding.role_ref
    return f'{binding.kind} "{named}" of {role.kind} "{role.name}" to {subject.kind} "{who}"'


class RoleIndex:
    """Answers which roles are bound to a user; `version` moves with every change."""

    def __init__(self, reader: Reader) -> None:
        self.version = 0
        self._roles: dict[tuple[str, str], list[PolicyRule]] = {}
        # Namespace ("" for cluster role bindings) -> subject -> binding name -> the binding and its subject.
        self._bound: dict[str, dict[_Key, dict[str, tuple[_Binding, Subject]]]] = {}
        reader.on_change(ClusterRole, self._role_changed)
        reader.on_change(Role, self._role_changed)
        reader.on_change(ClusterRoleBinding, self._binding_changed)
        reader.on_change(RoleBinding, self._binding_changed)

    def _role_changed(self, old: ClusterRole | Role | None, new: ClusterRole | Role | None) -> None:
        if new is not None:
            self._roles[(new.metadata.namespace, new.metadata.name)] = new.rules
        elif old is not None:
            self._roles.pop((old.metadata.namespace, old.metadata.name), None)
        self.version += 1

    def _binding_changed(self, old: _Binding | None, new: _Binding | None) -> None:
        if old is not None:
            self._unbind(old)
        if new is not None:
            namespace = new.metadata.namespace
            subjects = self._bound.setdefault(namespace, {})
            for subject in new.subjects:
                key = _subject_key(subject, namespace)
                if key is not None:
                    subjects.setdefault(key, {}).setdefault(new.metadata.name, (new, subject))
        self.version += 1

    def _unbind(self, old: _Binding) -> None:
        namespace = old.metadata.namespace
        subjects = self._bound.get(namespace, {})
        for subject in old.subjects:
            key = _subject_key(subject, namespace)
            if key is not None and key in subjects:
                subjects[key].pop(old.metadata.name, None)
                if not subjects[key]:
                    del subjects[key]
        if not subjects:
            self._bound.pop(namespace, None)

    def has_bindings(self, namespace: str) -> bool:
        """Whether anything is bound in the namespace."""
        return namespace in self._bound

    def bindings_of(self, user: User, namespace: str) -> Iterator[tuple[str, RoleRef, str]]:
        """Each binding that names the user: its description, the role it names and the binding's namespace.

        `namespace` "" asks for cluster role bindings, another for role bindings there.
        """
        subjects = self._bound.get(namespace)
        if not subjects:
            return
        seen = set()
        for key in ((False, user.name), *((True, group) for group in user.groups)):
            for name, (binding, subject) in subjects.get(key, {}).items():
                if name not in seen:
                    seen.add(name)
                    yield _describe(binding, subject), binding.role_ref, namespace

    def rules_of(self, role: RoleRef, namespace: str) -> list[PolicyRule] | None:
        """The rules of a role a binding in `namespace` names, or None when there is no such role."""
        return self._roles.get((namespace if role.kind == "Role" else "", role.name))

"""Who gets which names, and what the conditions say."""

from __future__ import annotations

from apiserver.crd.names import Taken, settle
from apiserver.crd.outline import Outline, Spec
from minik8s.api.apiextensions_v1 import CustomResourceDefinitionNames
from minik8s.api.object_meta import ObjectMeta

NOW = "2026-01-01T00:00:00Z"


def definition(plural: str, kind: str, *short: str, group: str = "x.io") -> Outline:
    names = CustomResourceDefinitionNames(
        plural=plural, singular=kind.lower(), kind=kind, list_kind=f"{kind}List", short_names=list(short)
    )
    spec = Spec(group=group, names=names, scope="Namespaced", versions=[])
    return Outline(metadata=ObjectMeta(name=f"{plural}.{group}"), spec=spec)


def settled(crd: Outline, taken: Taken) -> dict[str, tuple[str, str, str]]:
    assert settle(crd, taken, NOW)
    taken.put(crd.metadata.name, crd.status.accepted_names)
    return {each.type: (each.status, each.reason, each.message) for each in crd.status.conditions}


def test_names_are_held_in_a_group_until_they_are_given_free() -> None:
    taken = Taken()
    first = definition("cats", "Cat", "c", "k")
    assert settled(first, taken) == {
        "NamesAccepted": ("True", "NoConflicts", "no conflicts found"),
        "Established": ("False", "Installing", "the initial names have been accepted"),
    }
    assert not settle(first, taken, NOW)
    assert "NamesAccepted" in settled(definition("cats", "Cat", group="other.io"), taken)
    second = definition("cows", "Cow", "c", "k", "m")
    assert settled(second, taken) == {
        "NamesAccepted": ("False", "ShortNamesConflict", '["c" is already in use, "k" is already in use]'),
        "Established": ("False", "NotAccepted", "not all names are accepted"),
    }
    assert (second.status.accepted_names.plural, second.status.accepted_names.short_names) == ("cows", [])
    assert taken.put("cats.x.io", None)
    conditions = settled(second, taken)
    assert conditions["NamesAccepted"][:2] == ("True", "NoConflicts")
    assert second.status.accepted_names.short_names == ["c", "k", "m"]


def test_the_last_conflict_is_told_and_what_was_established_stays() -> None:
    taken = Taken()
    settled(definition("cats", "Cat"), taken)
    late = definition("dogs", "Cat")
    late.spec.names.singular = "cat"
    found = settled(late, taken)
    assert found["NamesAccepted"] == ("False", "ListKindConflict", '"CatList" is already in use')
    settled_before = definition("birds", "Bird")
    settled(settled_before, taken)
    settled_before.spec.names.short_names = ["cat"]
    found = settled(settled_before, taken)
    assert found["NamesAccepted"] == ("False", "ShortNamesConflict", '"cat" is already in use')
    assert found["Established"] == ("False", "Installing", "the initial names have been accepted")


def test_a_definition_is_not_in_its_own_way() -> None:
    taken = Taken()
    sheep = definition("sheep", "Sheep")
    settled(sheep, taken)
    sheep.spec.names.short_names = ["sh"]
    assert settled(sheep, taken)["NamesAccepted"][0] == "True"
    assert sheep.status.accepted_names.short_names == ["sh"]

"""Lists of a strategic merge: whether their items fit together, who they are, and the order they end up in.

Kubernetes' order has corners (items nobody ordered turn round); clients see it, so it is kept to the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minik8s.machinery.patches.errors import PatchError, PatchFormatError, PatchRejected
from minik8s.machinery.quoting import go_value

PATCH = "$patch"
_LONG = 2**63


def go_type(value: Any) -> str:
    """The type Go's JSON decoder gives a value."""
    if value is None:
        return "%!s(<nil>)"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int64" if -_LONG <= value < _LONG else "float64"
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return "string" if isinstance(value, str) else "float64"


def wrong_type(expected: str, value: Any) -> PatchError:
    """The error of a value of another type than its place has."""
    return PatchError(f"expected a {expected}, but received a {go_type(value)}")


def no_merge_key(item: Any, key: str) -> PatchError:
    """The error of an item that does not say which it is."""
    return PatchError(f"map: {go_value(item)} does not contain declared merge key: {key}")


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same in type and value. Raises PatchRejected for lists and maps."""
    if go_type(left) != go_type(right):
        return False
    if isinstance(left, dict | list):
        raise PatchRejected("lists and maps cannot be compared")
    return bool(left == right)


def element_kind(*lists: Sequence[Any]) -> str:
    """The one type all items have. Raises PatchError where there is none, PatchRejected for lists and nulls in it."""
    kinds = [go_type(item) for each in lists for item in each]
    if not kinds:
        raise PatchError("no elements in any of the given slices")
    if kinds[0] in (go_type([]), go_type(None)):
        raise PatchRejected("lists of lists are not supported")
    if any(kind != kinds[0] for kind in kinds):
        shown = " ".join(go_value(list(each)) for each in lists)
        raise PatchError(f"list element types are not identical: [{shown}]")
    return kinds[0]


class Places:
    """Where the items of a list are, by what they are; `add` what is appended to it.

    Texts, which is what nearly all of them are known by, are looked up; all else is compared with each in turn.
    """

    def __init__(self, items: list[Any], key: str) -> None:
        self._items = items
        self._key = key
        self._texts: dict[str, int] | None = {}
        for at, item in enumerate(items):
            self.add(item, at)

    def add(self, item: Any, at: int) -> None:
        """There is one more item."""
        if self._texts is not None:
            mine = item
            if self._key:
                mine = item.get(self._key) if isinstance(item, dict) else None
            if isinstance(mine, str):
                self._texts.setdefault(mine, at)
            else:
                self._texts = None

    def find(self, value: Any) -> int:
        """The first place of an item with this identity, -1 when nowhere. Raises PatchError as `find` does."""
        if self._texts is not None and isinstance(value, str):
            return self._texts.get(value, -1)
        if self._key:
            return find(self._items, self._key, value)
        return next((at for at, each in enumerate(self._items) if equal(value, each)), -1)


def find(items: Sequence[Any], key: str, value: Any) -> int:
    """Where the item with that merge key is, -1 when nowhere. Raises PatchError for an item that is no object."""
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise PatchError(f"value for key {index} is not a map")
        if key in item and equal(item[key], value):
            return index
    return -1


def check_order(patch: list[Any], order: list[Any], key: str) -> None:
    """Items of a patch stand in its order directive, in that order. Raises PatchError."""
    if not patch or not order:
        return
    wanted = patch
    if key:
        for item in patch:
            if not isinstance(item, dict):
                raise wrong_type("map[string]interface {}", item)
        wanted = [item for item in patch if item.get(PATCH) != "delete"]
    at = place = 0
    while at < len(wanted) and place < len(order):
        if isinstance(wanted[at], dict) and PATCH in wanted[at]:
            at += 1
            continue
        if _same_item(wanted[at], order[place], key):
            at += 1
        place += 1
    if at < len(wanted) and place >= len(order):
        raise PatchError(
            f"The order in patch list:\n{go_value(patch)}\n doesn't match $setElementOrder list:\n{go_value(order)}\n"
        )


def _same_item(left: Any, right: Any, key: str) -> bool:
    if not key:
        return equal(left, right)
    for item in (left, right):
        if not isinstance(item, dict):
            raise wrong_type("map[string]interface {}", item)
    for item in (left, right):
        if key not in item:
            raise no_merge_key(item, key)
    return equal(left[key], right[key])


def partition(items: list[Any], by: Sequence[Any], key: str) -> tuple[list[Any], list[Any]]:
    """The items that `by` names, and those it does not."""
    named: list[Any] = []
    others: list[Any] = []
    places = Places(list(by), key)
    for item in items:
        if not key:
            found = places.find(item) >= 0
        elif not isinstance(item, dict):
            raise wrong_type("map[string]interface {}", item)
        elif key not in item:
            raise no_merge_key(item, key)
        else:
            found = places.find(item[key]) >= 0
        (named if found else others).append(item)
    return named, others


def ordered(
    patched: list[Any], others: list[Any], order: Sequence[Any], live: Sequence[Any], key: str, kind: str
) -> list[Any]:
    """The patched items in the asked order, and the others, each before what it stood before in the live list."""
    maps = kind == "map[string]interface {}"

    def placing(within: Sequence[Any]) -> Callable[[Any], int]:
        identities = Places([_identity(each, key, maps) for each in within], "")
        return lambda item: identities.find(_identity(item, key, maps))

    of_live = placing(live)
    patched = _sorted(patched, order, key, maps, placing(order))
    others = _sorted(others, live, key, maps, of_live)
    result: list[Any] = []
    left = right = 0
    while left < len(others) and right < len(patched):
        one, two = of_live(others[left]), of_live(patched[right])
        if 0 <= one < two:
            result.append(others[left])
            left += 1
        else:
            result.append(patched[right])
            right += 1
    return result + patched[right:] + others[left:]


def _identity(item: Any, key: str, maps: bool) -> Any:
    if not maps:
        return item
    return item.get(key) if isinstance(item, dict) else None


def _sorted(items: list[Any], order: Sequence[Any], key: str, maps: bool, place: Callable[[Any], int]) -> list[Any]:
    gone: list[Any] = []
    if maps:
        for item in (*items, *order):
            if not isinstance(item, dict):
                raise wrong_type("map[string]interface {}", item)
            if key not in item:
                raise no_merge_key(item, key)
        gone = [item for item in items if item.get(PATCH) == "delete"]
        items = [item for item in items if item.get(PATCH) != "delete"]
    at = [(place(item), item) for item in items]
    if all(where >= 0 for where, _ in at):
        return [item for _, item in sorted(at, key=lambda each: each[0])] + gone
    for n in range(1, len(at)):
        # Items without a place in the order go before all that came earlier: a stable sort told so does the same.
        m = n
        while m > 0 and (at[m][0] < 0 or at[m - 1][0] < 0 or at[m][0] < at[m - 1][0]):
            at[m], at[m - 1] = at[m - 1], at[m]
            m -= 1
    return [item for _, item in at] + gone


def format_problem(directive: str) -> PatchFormatError:
    """The error of a directive that is not written as it must be."""
    return PatchFormatError(f"invalid patch format of {directive}")

"""Shuffle sharding: each flow has a small hand of queues, so that a greedy flow fills only its own hand."""

from __future__ import annotations


def deal(value: int, deck: int, hand: int) -> list[int]:
    """`hand` different queues of `deck`, chosen by a hash value; the same value gives the same hand."""
    value &= (1 << 64) - 1
    chosen: list[int] = []
    for drawn in range(min(hand, deck)):
        value, card = divmod(value, deck - drawn)
        # The card counts among those not drawn yet.
        for taken in sorted(chosen):
            if card >= taken:
                card += 1
        chosen.append(card)
    return chosen

"""How long ago something was, as tables write it."""

from __future__ import annotations

from datetime import datetime

from minik8s.machinery.times import TimeError, parse_time


def age(stamp: str, now: datetime) -> str:
    """How long ago, as tables write it: `5s`, `3m12s`, `2d4h`."""
    try:
        seconds = int((now - parse_time(stamp)).total_seconds())
    except TimeError:
        return "<unknown>"
    return span(max(seconds, 0))


def span(seconds: int) -> str:
    """Seconds for people, two units at most."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d"

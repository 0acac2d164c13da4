"""Links of a proxied answer, made to lead through the proxy again: the Location header, and pages of HTML."""

from __future__ import annotations

import posixpath
import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit, urlunsplit

_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "a": ("href",),
    "applet": ("codebase",),
    "area": ("href",),
    "audio": ("src",),
    "base": ("href",),
    "blockquote": ("cite",),
    "body": ("background",),
    "button": ("formaction",),
    "command": ("icon",),
    "del": ("cite",),
    "embed": ("src",),
    "form": ("action",),
    "frame": ("longdesc", "src"),
    "head": ("profile",),
    "html": ("manifest",),
    "iframe": ("longdesc", "src"),
    "img": ("longdesc", "src", "usemap"),
    "input": ("formaction", "src", "usemap"),
    "ins": ("cite",),
    "link": ("href",),
    "object": ("classid", "codebase", "data", "usemap"),
    "q": ("cite",),
    "script": ("src",),
    "source": ("src",),
    "track": ("src",),
    "video": ("poster", "src"),
}
MOST_BYTES = 8 * 1024 * 1024
"""Longer pages are passed on as they are."""


class Links:
    """Rewrites links of what `backend` (host and port) answered below `prefix`; `host` is what the client asked."""

    def __init__(self, prefix: str, backend: str, host: str) -> None:
        self._prefix = prefix
        self._hosts = ("", backend, host)

    def link(self, url: str) -> str:
        """One link; those to elsewhere and relative ones stay."""
        try:
            split = urlsplit(url)
        except ValueError:
            return url
        if split.netloc not in self._hosts or (not split.netloc and not split.path.startswith("/")):
            return url
        path = split.path
        if not path.startswith(self._prefix):
            path = posixpath.normpath(posixpath.join(self._prefix, path.lstrip("/")))
            if split.path.endswith("/"):
                path += "/"
        return urlunsplit(("", "", path, split.query, split.fragment))

    def page(self, text: str) -> str:
        """An HTML page with its links rewritten and nothing else touched."""
        parser = _Page(self)
        parser.feed(text)
        parser.close()
        return parser.result(text)


class _Page(HTMLParser):
    def __init__(self, links: Links) -> None:
        super().__init__(convert_charrefs=False)
        self._links = links
        self._changes: list[tuple[tuple[int, int], str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        changed = raw
        for name, value in attrs:
            if value is None or name not in _ATTRIBUTES.get(tag, ()):
                continue
            new = self._links.link(value)
            if new != value:
                pattern = rf"""(\s{re.escape(name)}\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)"""
                quoted = f'"{escape(new)}"'
                changed = re.sub(pattern, lambda m: m.group(1) + quoted, changed, count=1, flags=re.IGNORECASE)  # noqa: B023
        if changed != raw:
            self._changes.append((self.getpos(), raw, changed))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def result(self, text: str) -> str:
        begins = [0]
        while (newline := text.find("\n", begins[-1])) >= 0:
            begins.append(newline + 1)
        parts, at = [], 0
        for (line, column), raw, changed in self._changes:
            start = begins[line - 1] + column
            parts += [text[at:start], changed]
            at = start + len(raw)
        return "".join([*parts, text[at:]])

"""Figures as a table: a row per figure, a column per target."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(slots=True)
class Report:
    """All figures so far; rows stand in the order in which they first came."""

    rows: dict[tuple[str, str], dict[str, str]] = dataclasses.field(default_factory=dict)

    def add(self, group: str, figure: str, target: str, text: str) -> None:
        """One figure of one target, said at once."""
        self.rows.setdefault((group, figure), {})[target] = text
        print(f"  {figure}, {target}: {text}", flush=True)

    def table(self) -> str:
        """All of them, in Markdown."""
        targets = list(dict.fromkeys(target for row in self.rows.values() for target in row))
        lines = [["group", "figure", *targets]]
        lines += [[group, figure, *(row.get(t, "") for t in targets)] for (group, figure), row in self.rows.items()]
        widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
        shown = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
        shown.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
        return "\n".join(shown)

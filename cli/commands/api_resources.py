"""`api-resources`: what the server serves."""

from __future__ import annotations

from typing import Any

import click

from cli.output.tables import columns
from cli.session import Session
from cli.session import command as make


@make("api-resources")
@click.option("-o", "--output", default="", help="wide or name")
@click.option("--namespaced", type=bool, default=None, help="true: only those in namespaces; false: only the others")
@click.option("--api-group", default=None, help="only those of this group")
@click.option("--verbs", default="", help="only those with these verbs")
@click.option("--categories", default="", help="only those of these categories")
@click.option("--no-headers", is_flag=True, help="without head")
async def command(session: Session, output: str, no_headers: bool, **given: Any) -> int:
    """Print the resources the server knows."""
    rows = []
    for each in await session.mapper.served():
        resource = each.resource
        if not each.preferred:
            continue
        if given["namespaced"] is not None and resource.namespaced != given["namespaced"]:
            continue
        if given["api_group"] is not None and resource.group != given["api_group"]:
            continue
        if given["verbs"] and not set(given["verbs"].split(",")) <= set(each.verbs):
            continue
        if given["categories"] and not set(given["categories"].split(",")) <= set(each.categories):
            continue
        row = [
            resource.plural,
            ",".join(each.short_names),
            resource.group_version,
            str(resource.namespaced).lower(),
            resource.kind,
        ]
        if output == "wide":
            row += [",".join(sorted(each.verbs)), ",".join(each.categories)]
        rows.append((resource.group, row, each.full_name))
    rows.sort(key=lambda row: (row[0], row[1][0]))
    if output == "name":
        print("\n".join(name for _, _, name in rows))
        return 0
    head = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
    if output == "wide":
        head += ["VERBS", "CATEGORIES"]
    print("\n".join(columns([*([] if no_headers else [head]), *(row for _, row, _ in rows)])))
    return 0

"""What the pages say is there: files, links, flags of our commands, and a line for each file of a large room."""

from __future__ import annotations

import importlib
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.__main__ import Commands

ROOT = Path(__file__).parents[2]
PAGES = [page for page in sorted(ROOT.rglob("*.md")) if ".venv" not in page.parts]
ROOMS = [
    page.parent for page in PAGES if re.search(r"^\| file", page.read_text(), re.MULTILINE) and page.parent != ROOT
]
NAMED = re.compile(r"`([\w./-]+\.(?:py|md|yaml|toml))`")
SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
NOT_OURS = {"kubeadm.yml", "__init__.py", "pyproject.toml", "config.yaml"}


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _there(page: Path, name: str, folders: set[Path]) -> bool:
    return any((folder / name).exists() for folder in (page.parent, ROOT, *folders))


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_files_and_links_lead_somewhere(page: Path) -> None:
    lost = []
    heading: set[Path] = set()
    for paragraph in page.read_text().splitlines():
        if paragraph.startswith("#"):
            heading = {page.parent / name for name in re.findall(r"`([\w./-]+/)`", paragraph)}
        folders = set(heading)
        for name in re.findall(r"`([\w./-]+)`", paragraph):
            # A line may name a folder or file and then others beside it.
            near = (page.parent / name).parent if "." in name else page.parent / name
            folders |= {near, ROOT / name, (ROOT / name).parent}
            if NAMED.fullmatch(f"`{name}`") and name not in NOT_OURS and not name.startswith("/"):
                lost += [] if _there(page, name, folders) else [name]
        for link in re.findall(r"\]\(([^)#]+)\)", paragraph):
            if not link.startswith("http") and not (page.parent / link).exists():
                lost.append(link)
    assert lost == []


def _commands(page: Path) -> Iterator[list[str]]:
    """The words of each command line of ours, in blocks and in the middle of sentences."""
    text = page.read_text()
    blocks = "\n".join(line for line in text.splitlines() if line.startswith("    ")).replace("\\\n", " ")
    for line in [*blocks.splitlines(), *re.findall(r"`([^`\n]+)`", text)]:
        found = re.search(r"(?:^|[\s/=])(minik8s(?:-[a-z-]+)?) (.*)", line)
        if found:
            # Choices, what may be left out, comments and what comes after the command.
            rest = re.split(r"\s#| && | > | \| ", found[2].replace("\\|", "-or-"))[0]
            yield [found[1], *shlex.split(re.sub(r"[\[\]…'\"]", " ", rest))]


def _options(words: list[str]) -> tuple[set[str], list[str]]:
    """The options of the command that the words begin with, of its groups too, and the flags among the words."""
    command: click.Command
    if words[0] == "minik8s":
        command = Commands()
    else:
        module, _, name = SCRIPTS[words[0]].partition(":")
        # The API server's function puts the start of Python's collector before its command.
        module = "apiserver.command" if module == "apiserver.__main__" else module
        command = getattr(importlib.import_module(module), name)
    known = {"--help"}
    for word in words[1:]:
        if isinstance(command, click.Group) and not word.startswith("-"):
            for each in word.rstrip(",").split("-or-"):
                inner = command.get_command(click.Context(command), each)
                if inner is None:
                    break
            else:
                assert inner is not None
                command = inner
                known |= {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)}
    known |= {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)}
    return known, [word.partition("=")[0].rstrip(",.") for word in words if word.startswith("--") and len(word) > 2]


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_flags_exist(page: Path) -> None:
    unknown = []
    for words in _commands(page):
        if words[0] == "minik8s" or words[0] in SCRIPTS:
            known, flags = _options(words)
            unknown += [f"{words[0]} {words[1]}: {flag}" for flag in flags if flag not in known]
    assert unknown == []


def test_flags_of_machines_exist() -> None:
    """Its table and its text name flags alone."""
    known: set[str] = set()
    for name in ("init", "join", "reset", "token", "certs"):
        command = Commands().get_command(click.Context(Commands()), name)
        assert command is not None
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        known |= {opt for each in (command, *inner) for param in each.params for opt in param.opts}
    said = set(re.findall(r"`(--[a-z-]+)", (ROOT / "docs/machines.md").read_text()))
    assert len(said) >= 15 and said - known == set()


@pytest.mark.parametrize("room", ROOMS, ids=_id)
def test_each_file_of_a_room_has_its_line(room: Path) -> None:
    text = (room / "README.md").read_text()
    files = {path.name for path in room.glob("*.py")} - {"__init__.py"}
    assert sorted(name for name in files if f"`{name}`" not in text and f"/{name}`" not in text) == []

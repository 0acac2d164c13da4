"""`python -m apiserver`: the API server as a process."""

from __future__ import annotations

import gc


def main() -> None:
    """Run it. Cycles are looked for only once it serves: what a start makes and reads stays."""
    gc.disable()
    from apiserver.command import main as command

    command()


if __name__ == "__main__":
    main()

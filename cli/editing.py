"""A person's editor on a text."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from cli.errors import CommandError


def edited(text: str, suffix: str, prefix: str = "minik8s-edit-") -> tuple[str, Path]:
    """What the editor ($KUBE_EDITOR, $EDITOR, else vi) left, and the file, which stays. Raises CommandError."""
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix)
    path = Path(name)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    words = shlex.split(os.environ.get("KUBE_EDITOR") or os.environ.get("EDITOR") or "vi")
    try:
        subprocess.run([*words, name], check=True)
    except FileNotFoundError:
        path.unlink()
        raise CommandError(f'error: unable to launch the editor "{shlex.join(words)}": set KUBE_EDITOR') from None
    except subprocess.CalledProcessError as error:
        raise CommandError(
            f'error: there was a problem with the editor "{shlex.join(words)}" (exit code {error.returncode}); '
            f"your text "
            f"is in {path}"
        ) from None
    return path.read_text(), path

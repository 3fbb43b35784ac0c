"""Results that are kept as they come, so that a script goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["add", "known", "write_runs"]


def known(file: Path) -> list[dict[str, Any]]:
    """The results that are there already, a line each."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def add(file: Path, result: Mapping[str, Any]) -> None:
    """One more, as a line at the end."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as out:
        out.write(json.dumps(result) + "\n")


def write_runs(file: Path, content: Mapping[str, Any]) -> None:
    """A file with a line for each of ``content["runs"]``, so that a change of one shows as such; put in place whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    head = {key: value for key, value in content.items() if key != "runs"}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    runs = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content["runs"].items()]
    text = "\n".join(["{", *lines, '"runs": {', ",\n".join(runs), "}}"]) + "\n"
    draft = file.with_suffix(".draft")
    draft.write_text(text)
    os.replace(draft, file)

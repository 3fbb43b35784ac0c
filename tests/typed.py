"""What mypy says of lines of code that use the package."""

import subprocess
import sys
from pathlib import Path

import undertow


def errors_of(lines, folder):
    """The errors of each line, as one text, checked strictly; imports of torch and of the package stand before them."""
    asked = folder / "asked.py"
    asked.write_text("\n".join(["import torch, undertow", *lines, ""]))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-pretty", str(asked)]
    command += ["--cache-dir", str(folder / "cache"), "--follow-imports=silent"]
    path = {"MYPYPATH": str(Path(undertow.__file__).parent.parent)}
    done = subprocess.run(command, capture_output=True, text=True, env=path, cwd=folder)
    assert done.stdout.splitlines()[-1].startswith(("Found", "Success")), done.stdout + done.stderr
    found = dict.fromkeys(range(2, len(lines) + 2), "")
    for line in done.stdout.splitlines():
        if ": error: " in line:
            found[int(line.split(":")[1])] += line
    return list(found.values())

"""On what something was measured."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

__all__ = ["described", "versions"]


def described() -> str:
    """The processor and its cores, in words."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return f"{names[0] if names else platform.processor()}, {len(names) or os.cpu_count()} cores shared with others"


def versions() -> dict[str, Any]:
    """Processor, vectors and versions, for a file of results."""
    import torch

    import undertow

    return {
        "processor": platform.machine(), "vectors": torch.backends.cpu.get_cpu_capability(), "cores": os.cpu_count(),
        "threads": 1, "python": platform.python_version(), "torch": torch.__version__,
        "undertow": undertow.__version__,
    }  # fmt: skip

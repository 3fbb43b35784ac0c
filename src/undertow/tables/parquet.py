"""Parquet: tried out by another process first. At some damage the library that reads it ends the process it is in."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import polars as pl

from undertow.errors import DataError

__all__ = ["read_parquet"]

#: Said by the other process, with one of these statuses; it may also end by a signal.
_REFUSED, _BROKE = 3, 4
_TRY = f"""
import io, os, sys
try:
    import polars
except ImportError:
    os._exit(0)
try:
    polars.read_parquet(io.BytesIO(sys.stdin.buffer.read()))
except (polars.exceptions.PolarsError, OSError) as error:
    sys.stdout.write(str(error).splitlines()[0])
    sys.exit({_REFUSED})
except BaseException:
    os._exit({_BROKE})
os._exit(0)
"""


def read_parquet(raw: bytes, path: Path) -> pl.DataFrame:
    """The frame in the bytes of a Parquet file.

    Raises:
        DataError: they are none, or are damaged.
    """
    reason = _refusal(raw)
    if not reason:
        try:
            return pl.read_parquet(io.BytesIO(raw))
        except (pl.exceptions.PolarsError, OSError) as error:
            reason = str(error).splitlines()[0]
    raise DataError(f"{path} is not a Parquet file that can be read: {reason}")


def _refusal(raw: bytes) -> str:
    """Why another process cannot read it; empty if it can, or if there can be no other process."""
    if not sys.executable:
        return ""
    patience = 60 + len(raw) / 2**20
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _TRY],
            input=raw,
            capture_output=True,
            timeout=patience,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        return f"it is not read after {patience:.0f} seconds"
    except OSError:
        return ""
    if done.returncode == _REFUSED:
        return done.stdout.decode(errors="replace")
    return "it is damaged" if done.returncode == _BROKE or done.returncode < 0 else ""

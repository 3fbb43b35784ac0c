"""What versions of torch call differently, or lack: the one room that knows of more than one version.

Elsewhere torch is asked as its newest version is; here older ones (pyproject.toml has the lowest) are given an answer
that keeps numbers right, and may cost some memory or time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

__all__ = ["hooks_of_saved_tensors"]

#: The hooks that a tensor saved now goes through, or None. torch before 2.8 does not tell: there they are taken to be
#: there, and the backward pass writes over nothing that was saved.
hooks_of_saved_tensors: Callable[[bool], Any] = getattr(
    torch._C._autograd, "_top_saved_tensors_default_hooks", lambda _: ()
)

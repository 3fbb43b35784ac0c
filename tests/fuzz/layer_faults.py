"""Faults made on purpose, by which a test sees that the campaign notices such."""

from __future__ import annotations

import os
import time
from typing import Any

import torch
from layer_cases import Case
from layer_modes import MODES, Results, no_grad


def _wrong(case: Case, layer: Any, which: str) -> Results:
    results = no_grad(case, layer, which)
    assert results["output"] is not None
    return results | ({"output": results["output"] + 1e-3} if which == "ours" else {})


def _crash(case: Case, layer: Any, which: str) -> Results:
    os.abort()


def _hang(case: Case, layer: Any, which: str) -> Results:
    time.sleep(3600)
    return {}


def _traceback(case: Case, layer: Any, which: str) -> Results:
    if which == "ours":
        layer.cell = None
        layer._remembered = type(layer._remembered)()
    return {"output": torch.zeros(1), **no_grad(case, layer, which)}


MODES |= {"fault_wrong": _wrong, "fault_crash": _crash, "fault_hang": _hang, "fault_traceback": _traceback}

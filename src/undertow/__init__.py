"""Undertow: a recurrent-network workbench on PyTorch.

A cell is written once, as equations (:func:`cell`); layers, gradients and documentation follow from them.

>>> import torch, undertow
>>> lstm = undertow.LSTM(8, 16)                     # a drop-in for torch.nn.LSTM
>>> output, (h, c) = lstm(torch.zeros(5, 3, 8))     # (T, B, I) -> (T, B, H)
>>> output.shape
torch.Size([5, 3, 16])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from undertow import cells as cells
    from undertow.errors import UndertowError as UndertowError
    from undertow.estimators import (
        Autoencoder as Autoencoder,
        Classifier as Classifier,
        Forecaster as Forecaster,
        Translator as Translator,
        load as load,
    )
    from undertow.flow import watch as watch
    from undertow.lang import Cell as Cell, cell as cell, layer_norm as layer_norm, mean as mean, stack as stack
    from undertow.lang.functions import *  # noqa: F403
    from undertow.nn import (
        GRU as GRU,
        LSTM as LSTM,
        RNN as RNN,
        GRUCell as GRUCell,
        LSTMCell as LSTMCell,
        Recurrent as Recurrent,
        RecurrentCell as RecurrentCell,
        RNNCell as RNNCell,
        swap as swap,
    )

_HOME = {
    "cells": "undertow.cells",
    "UndertowError": "undertow.errors",
    "watch": "undertow.flow",
    **dict.fromkeys(("Autoencoder", "Classifier", "Forecaster", "Translator", "load"), "undertow.estimators"),
    **dict.fromkeys(
        ("GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell", "Recurrent", "RecurrentCell", "swap"), "undertow.nn"
    ),
    **dict.fromkeys(("Cell", "cell", "layer_norm", "mean", "stack"), "undertow.lang"),
}  # fmt: skip


def _functions() -> list[str]:
    """What equations call by name. The language is asked when it is needed: ``undertow --version`` needs no NumPy."""
    return list(importlib.import_module("undertow.lang.operations").FUNCTIONS)


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, when it is first used: ``undertow --version`` needs no torch."""
    if name == "__all__":
        return ["__version__", *sorted([*_HOME, *_functions()])]
    home = _HOME.get(name)
    if home is None and not name.startswith("_") and name in _functions():
        home = "undertow.lang"
    if home is None:
        raise AttributeError(f"module 'undertow' has no attribute {name!r}")
    module = importlib.import_module(home)
    return module if home.endswith(f".{name}") else getattr(module, name)


def __dir__() -> list[str]:
    names: list[str] = __getattr__("__all__")
    return names

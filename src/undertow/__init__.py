"""Undertow: a recurrent-network workbench on PyTorch."""

__version__ = "0.1.0"

"""Shared by the tests of normalised layers: gains and statistics off their first values, and tensors side by side."""

import torch

DOUBLE = dict(dtype=torch.float64)


def shaken(layer):
    """Gains, biases and what is remembered, off their first values."""
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if "gain" in name or "bn_" in name:
                parameter.uniform_(0.5, 2)
            elif "bias" in name:
                parameter.normal_()
        for buffer in layer.buffers():
            if buffer.is_floating_point():
                buffer.uniform_(0.5, 2)
    return layer


def assert_same(a, b, rtol=1e-8, atol=1e-10):
    for left, right in zip(a, b, strict=True):
        torch.testing.assert_close(left, right, rtol=rtol, atol=atol)

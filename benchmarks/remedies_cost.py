"""What remedies cost: a training step and an inference with one, as a ratio to the same layer without.

Rivals take turns in random order in one process; the figure is the median ratio, turn by turn (see measure.py).
The table goes into docs/remedies.md.
"""

from __future__ import annotations

import argparse

import torch
from measure import interleaved, ratio

import undertow

T, B, I, H = 128, 32, 256, 256
REMEDIES = {
    '`normalisation="layer"`': dict(normalisation="layer"),
    '`normalisation="batch"`': dict(normalisation="batch"),
    "`zoneout=0.1`": dict(zoneout=0.1),
    "`recurrent_dropout=0.1`": dict(recurrent_dropout=0.1),
}


def training(layer, x, gradient):
    parameters = [x, *layer.parameters()]

    def run():
        for parameter in parameters:
            parameter.grad = None
        layer(x)[0].backward(gradient)

    return run


def inference(layer, x):
    def run():
        with torch.no_grad():
            layer(x)

    return run


def rows(make, seconds):
    """(remedy, training ratio, inference ratio) with quartiles."""
    torch.manual_seed(0)
    x, gradient = torch.randn(T, B, I, requires_grad=True), torch.randn(T, B, H)
    layers = {name: make(I, H, **options) for name, options in {"none": {}, **REMEDIES}.items()}
    steps = interleaved({n: training(layer, x, gradient) for n, layer in layers.items()}, seconds)
    for layer in layers.values():
        layer.eval()
    runs = interleaved({n: inference(layer, x.detach()) for n, layer in layers.items()}, seconds)
    for name in REMEDIES:
        yield name, ratio(steps, name, "none"), ratio(runs, name, "none")


def shown(found):
    return f"{found[0]:.2f} ({found[1]:.2f}-{found[2]:.2f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"T{T} B{B} I{I} H{H}, {options.threads} threads, float32, gradients of x included\n")
    print("| layer | remedy | training step | inference |\n|---|---|---|---|")
    for make in (undertow.LSTM, undertow.GRU):
        for name, step, run in rows(make, options.seconds):
            print(f"| {make.__name__} | {name} | {shown(step)} | {shown(run)} |", flush=True)


if __name__ == "__main__":
    main()

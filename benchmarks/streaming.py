"""One streaming step of an LSTM, one sample: ours against ONNX Runtime with I/O binding, on equally many threads.

``pip install -c constraints.txt -e '.[peers]'``, then ``python benchmarks/streaming.py``. A step takes its input from a
NumPy array, moves the state on, and leaves its output in one: on ONNX Runtime's side the bound input is updated in
place, the state goes back and forth between two bindings, and the output is read. Tight loops of 100 steps take turns
in random order in one process, with pauses, which each number of threads has for itself. Results in
benchmarks/results/streaming.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

import numpy as np
import torch
from measure import interleaved, machine, ratio, table
from peers import LONG_PAUSE, constants_of, weights

import undertow
from kernels import RESULTS, shown

STEPS = 100


def exchanged(layer):
    """One step of the layer as an ONNX model: x, h0, c0 to y, h, c."""
    from onnx import TensorProto, helper

    ((W, U, b, d),) = weights(layer)
    constants, hidden = constants_of("LSTM", (W, U, b, d)), U.shape[1]
    inputs = ["x", *(constant.name for constant in constants), "", "h0", "c0"]
    node = helper.make_node("LSTM", inputs, ["y", "h", "c"], hidden_size=hidden)

    def value(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    given = [value("x", 1, 1, W.shape[1]), value("h0", 1, 1, hidden), value("c0", 1, 1, hidden)]
    graph = helper.make_graph([node], "step", given, [value("h", 1, 1, hidden), value("c", 1, 1, hidden)], constants)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()  # fmt: skip


class Bound:
    """A session with two bindings, one for each way that the state goes."""

    def __init__(self, layer, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(exchanged(layer), options, providers=["CPUExecutionProvider"])
        make = onnxruntime.OrtValue.ortvalue_from_numpy
        hidden = layer.hidden_size
        self.x = make(np.zeros((1, 1, layer.input_size), np.float32))
        self.states = [[make(np.zeros((1, 1, hidden), np.float32)) for _ in range(2)] for _ in range(2)]
        self.bindings, self.turn = [], 0
        for turn in range(2):
            binding = self.session.io_binding()
            binding.bind_ortvalue_input("x", self.x)
            for name, before, after in zip("hc", self.states[turn], self.states[1 - turn], strict=True):
                binding.bind_ortvalue_input(f"{name}0", before)
                binding.bind_ortvalue_output(name, after)
            self.bindings.append(binding)

    def step(self, x):
        """One step; the output."""
        self.x.update_inplace(x)
        self.session.run_with_iobinding(self.bindings[self.turn])
        self.turn = 1 - self.turn
        return self.states[self.turn][0].numpy()


def compared(hidden, threads, seconds):
    """ONNX Runtime's time over ours."""
    torch.manual_seed(0)
    layer = undertow.LSTM(hidden, hidden)
    stream, bound = layer.stream(threads=threads), Bound(layer, threads)
    inputs = np.random.default_rng(0).normal(size=(20, hidden)).astype(np.float32)
    for x in inputs:
        np.testing.assert_allclose(stream.step(x), bound.step(x[None, None])[0, 0], atol=1e-5)
    x, out = inputs[0], np.empty(hidden, np.float32)
    deep = x[None, None]

    def ours():
        for _ in range(STEPS):
            stream.step(x, out)

    def theirs():
        for _ in range(STEPS):
            bound.step(deep)

    times = interleaved({"ours": ours, "theirs": theirs}, seconds, pause=LONG_PAUSE)
    return {"us": float(np.median(times["ours"])) / STEPS * 1e6, "ratio": ratio(times, "theirs", "ours")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=24.0, help="for each comparison")
    parser.add_argument("--threads", type=int, help="these alone, as JSON to standard output")
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
        print(json.dumps({hidden: compared(hidden, chosen.threads, chosen.seconds) for hidden in (128, 256, 512)}))
        return
    rows = []
    for threads in (1, 2):
        command = [sys.executable, __file__, "--threads", str(threads), "--seconds", str(chosen.seconds)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows += [[h, threads, f"{one['us']:.1f}", shown(one["ratio"])] for h, one in found.items()]
        print(*rows[-3:], sep="\n", flush=True)
    text = (
        "# One streaming step, against ONNX Runtime\n\nMade by `benchmarks/streaming.py`. LSTM, one sample, as many "
        "inputs as units; ONNX Runtime with I/O binding, its time over ours, from turns in random order in one process "
        f"for each number of threads: median (quartiles). Above 1 ours is faster.\n\n{machine()}.\n\n"
    )
    heads = ["H", "threads", "ours, us", "ONNX Runtime / ours"]
    (RESULTS / "streaming.md").write_text(text + table(heads, rows) + "\n")


if __name__ == "__main__":
    main()

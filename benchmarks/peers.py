"""Other engines on the same grid: JAX (jit of lax.scan; training and inference), ONNX Runtime and OpenVINO (inference).

``pip install -c constraints.txt -e '.[peers]'``, then ``python benchmarks/peers.py``. Every figure is the peer's time
over ours, from turns in random order in one process, which each peer has for itself, with pauses between turns: threads
of several engines get in each other's way. Above 1 ours is faster. Outputs are compared before timing.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from measure import interleaved, machine, ratio, table

import undertow
from kernels import GRID, RESULTS, inference, mean, shown, training

KINDS = ("LSTM", "GRU", "RNN")
#: Seconds in which the threads of an engine that was at work come to rest, or all but. Calls of under a millisecond get
#: the long pause: ONNX Runtime's threads go on spinning for tenths of a second, on a core that ours want.
PAUSE, LONG_PAUSE = 0.03, 1.0

ONNX_GATES = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2], "RNN": [0]}  # torch's rows in ONNX's order


def weights(layer):
    """NumPy arrays (W, U, b, d) of each layer."""
    return [tuple(p.detach().numpy() for p in one) for one in layer.all_weights]


# ---- JAX


def step_of(kind, jax):
    jnp = jax.numpy

    def lstm(carry, part, U, d):
        h, c = carry
        i, f, g, o = jnp.split(part + h @ U.T + d, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    def gru(carry, part, U, d):
        (h,) = carry
        xr, xz, xn = jnp.split(part, 3, -1)
        hr, hz, hn = jnp.split(h @ U.T + d, 3, -1)
        z = jax.nn.sigmoid(xz + hz)
        h = (1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn) + z * h
        return (h,), h

    def rnn(carry, part, U, d):
        h = jnp.tanh(part + carry[0] @ U.T + d)
        return (h,), h

    return {"LSTM": lstm, "GRU": gru, "RNN": rnn}[kind]


def in_jax(kind, parameters, x, gradient, threads):
    """Jitted functions; JAX takes as many threads as there are cores."""
    import jax
    import jax.numpy as jnp

    step = step_of(kind, jax)

    def run(parameters, x):
        for W, U, b, d in parameters:
            parts = x @ W.T + b
            zero = jnp.zeros((x.shape[1], U.shape[1]), x.dtype)
            carry = (zero, zero) if kind == "LSTM" else (zero,)
            _, x = jax.lax.scan(lambda carry, part, U=U, d=d: step(carry, part, U, d), carry, parts)
        return x

    def loss(parameters, x, gradient):
        return (run(parameters, x) * gradient).sum()

    given = [tuple(map(jnp.asarray, one)) for one in parameters]
    forward, backward = jax.jit(run), jax.jit(jax.grad(loss))
    jx, jg = jnp.asarray(x), jnp.asarray(gradient)
    return {
        "inference": lambda: forward(given, jx).block_until_ready(),
        "training": lambda: jax.block_until_ready(backward(given, jx, jg)),
    }


# ---- ONNX Runtime, OpenVINO


def constants_of(kind, arrays, number=0):
    """The weights (W, U, b, d) of layer ``number`` as ONNX wants them: W, R and B, in its order of gates."""
    from onnx import numpy_helper

    gates = ONNX_GATES[kind]
    W, U, b, d = (np.concatenate([np.split(a, len(gates))[g] for g in gates]) for a in arrays)
    return [
        numpy_helper.from_array(np.ascontiguousarray(value), f"{name}{number}")
        for name, value in (("W", W[None]), ("R", U[None]), ("B", np.concatenate([b, d])[None]))
    ]


def exchanged(kind, parameters):
    """The layers as an ONNX model."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants, last = [], [], "x"
    for number, arrays in enumerate(parameters):
        own = constants_of(kind, arrays, number)
        constants += own
        extra = {"linear_before_reset": 1} if kind == "GRU" else {}
        inputs = [last, *(constant.name for constant in own)]
        nodes.append(helper.make_node(kind, inputs, [f"y{number}"], hidden_size=arrays[1].shape[1], **extra))
        last = f"out{number}"
        nodes.append(helper.make_node("Squeeze", [f"y{number}", "axes"], [last]))
    constants.append(numpy_helper.from_array(np.array([1], np.int64), "axes"))
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, kind, [value("x", TensorProto.FLOAT, ["T", "B", parameters[0][0].shape[1]])],
        [value(last, TensorProto.FLOAT, ["T", "B", parameters[-1][1].shape[1]])], constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def in_onnx(kind, parameters, x, gradient, threads):
    """A session."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(exchanged(kind, parameters), options, providers=["CPUExecutionProvider"])
    return {"inference": lambda: session.run(None, {"x": x})[0]}


def in_openvino(kind, parameters, x, gradient, threads):
    """A compiled model of fixed shape, in float32."""
    import openvino

    core = openvino.Core()
    model = core.read_model(exchanged(kind, parameters))
    model.reshape(list(x.shape))
    hints = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
    request = core.compile_model(model, "CPU", hints).create_infer_request()
    return {"inference": lambda: request.infer({0: x}, share_inputs=True, share_outputs=True)[0]}


#: What makes the functions of a peer: its packages come with the extra ``peers``.
PEERS = {"jax": ("JAX", in_jax), "onnxruntime": ("ONNX Runtime", in_onnx), "openvino": ("OpenVINO", in_openvino)}


# ---- measuring


def compared(peer, kind, sizes, seconds):
    """The peer's time over ours on one point of the grid, by what is done."""
    T, B, I, H, L = sizes
    torch.manual_seed(0)
    ours = getattr(undertow, kind)(I, H, L)
    x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
    theirs = PEERS[peer][1](kind, weights(ours), x.numpy(), gradient.numpy(), torch.get_num_threads())
    with torch.no_grad():
        np.testing.assert_allclose(np.asarray(theirs["inference"]()), ours(x)[0].numpy(), atol=1e-4)
    mine = {"inference": inference(ours, x), "training": training(ours, x, gradient)}
    pause, seconds = (PAUSE, seconds) if B > 1 else (LONG_PAUSE, 10 * seconds)
    return {
        doing: ratio(interleaved({"theirs": run, "ours": mine[doing]}, seconds, pause=pause), "theirs", "ours")
        for doing, run in theirs.items()
    }


def alone(peer, seconds):
    """All of :func:`compared` in a process of its own: ``{kind: [{doing: ratio} a point of the grid]}``."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "found.json"
        subprocess.run(
            [sys.executable, __file__, "--peer", peer, "--into", str(file), "--seconds", str(seconds)], check=True
        )
        return json.loads(file.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="for each comparison")
    parser.add_argument("--peer", choices=PEERS, help="this one alone, for --into")
    parser.add_argument("--into", type=Path, help="a file for what was found")
    chosen = parser.parse_args()
    if chosen.peer:
        found = {kind: [compared(chosen.peer, kind, sizes, chosen.seconds) for sizes in GRID] for kind in KINDS}
        chosen.into.write_text(json.dumps(found))
        return
    found = {peer: alone(peer, chosen.seconds) for peer in PEERS}
    columns = [
        (peer, doing) for peer in PEERS for doing in ("training", "inference") if doing in found[peer]["LSTM"][0]
    ]
    heads = [f"{PEERS[peer][0]} {doing}" for peer, doing in columns]
    rows = [
        [kind, ", ".join(map(str, sizes)), *(shown(found[peer][kind][number][doing]) for peer, doing in columns)]
        for kind in KINDS
        for number, sizes in enumerate(GRID)
    ]
    means = [
        [kind, *(f"{mean([point[doing][0] for point in found[peer][kind]]):.2f}" for peer, doing in columns)]
        for kind in KINDS
    ]
    versions = ", ".join(f"{peer} {importlib.metadata.version(peer)}" for peer in PEERS)
    lines = [
        "# Other engines",
        "Made by `benchmarks/peers.py`. The peer's time over ours, from turns in random order in one process, which "
        "each peer has for itself, with a pause (30 ms; a second where B = 1) and a call that does not count before "
        "each turn (threads of an engine spin for a while after it is done): median (quartiles). Above 1 ours is "
        "faster.",
        f"{machine()}; {torch.get_num_threads()} threads for ours, ONNX Runtime and OpenVINO, JAX as it comes; "
        f"{versions}.",
        table(["cell", "T, B, I, H, L", *heads], rows),
        table(["geometric mean", *heads], means),
    ]
    (RESULTS / "peers.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "peers.md").write_text("\n\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

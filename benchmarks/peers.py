"""Other engines on the same grid: JAX (jit of lax.scan; training and inference) and ONNX Runtime (inference).

``pip install -c constraints.txt -e '.[peers]'``, then ``python benchmarks/peers.py``. Every figure is the peer's time
over ours, from turns in random order in one process; above 1 ours is faster. Outputs are compared before timing.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=true")

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import onnxruntime
import torch
from measure import interleaved, ratio
from onnx import TensorProto, helper, numpy_helper

import undertow
from kernels import GRID, RESULTS, inference, machine, mean, shown, table, training

ONNX_GATES = {"LSTM": [0, 3, 1, 2], "GRU": [1, 0, 2], "RNN": [0]}  # torch's rows in ONNX's order


def weights(layer):
    """NumPy arrays (W, U, b, d) of each layer."""
    return [tuple(p.detach().numpy() for p in one) for one in layer.all_weights]


# ---- JAX


def step_of(kind):
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


def in_jax(kind, parameters):
    """(run, train): jitted functions of x, and of x and the gradient of the output."""
    step = step_of(kind)

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
    return (lambda x: forward(given, x)), (lambda x, gradient: backward(given, x, gradient))


# ---- ONNX Runtime


def in_onnx(kind, parameters, threads):
    """A session that runs the layers."""
    nodes, constants, last = [], [], "x"
    for number, arrays in enumerate(parameters):
        gates = ONNX_GATES[kind]
        W, U, b, d = (np.concatenate([np.split(a, len(gates))[g] for g in gates]) for a in arrays)
        for name, value in (("W", W[None]), ("R", U[None]), ("B", np.concatenate([b, d])[None])):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(value), f"{name}{number}"))
        extra = {"linear_before_reset": 1} if kind == "GRU" else {}
        inputs = [last, f"W{number}", f"R{number}", f"B{number}"]
        nodes.append(helper.make_node(kind, inputs, [f"y{number}"], hidden_size=U.shape[1], **extra))
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
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def compared(kind, sizes, threads, seconds):
    """One row: ours and the peers on one point of the grid."""
    T, B, I, H, L = sizes
    torch.manual_seed(0)
    ours = getattr(undertow, kind)(I, H, L)
    x, gradient = torch.randn(T, B, I), torch.randn(T, B, H)
    run, train = in_jax(kind, weights(ours))
    session = in_onnx(kind, weights(ours), threads)
    jx, jg, array = jnp.asarray(x.numpy()), jnp.asarray(gradient.numpy()), x.numpy()
    with torch.no_grad():
        expected = ours(x)[0].numpy()
    np.testing.assert_allclose(np.asarray(run(jx)), expected, atol=1e-4)
    np.testing.assert_allclose(session.run(None, {"x": array})[0], expected, atol=1e-4)
    trained = interleaved(
        {"jax": lambda: jax.block_until_ready(train(jx, jg)), "ours": training(ours, x, gradient)}, seconds
    )
    rivals = {
        "jax": lambda: run(jx).block_until_ready(),
        "onnx": lambda: session.run(None, {"x": array}),
        "ours": inference(ours, x),
    }
    inferred = interleaved(rivals, seconds)
    row = {
        "cell": kind,
        "T, B, I, H, L": f"{T}, {B}, {I}, {H}, {L}",
        "JAX training": ratio(trained, "jax", "ours"),
        "JAX inference": ratio(inferred, "jax", "ours"),
        "ONNX Runtime inference": ratio(inferred, "onnx", "ours"),
    }
    print(*(shown(v) if isinstance(v, tuple) else v for v in row.values()), flush=True)
    return row


def main(seconds=2.0):
    threads = torch.get_num_threads()
    rows = [compared(kind, sizes, threads, seconds) for kind in ("LSTM", "GRU", "RNN") for sizes in GRID]
    columns = ["JAX training", "JAX inference", "ONNX Runtime inference"]
    means = [[k, *(f"{mean([r[c][0] for r in rows if r['cell'] == k]):.2f}" for c in columns)] for k in ONNX_GATES]
    lines = [
        "# Other engines",
        "Made by `benchmarks/peers.py`. The peer's time over ours, from turns in random order in one process: median "
        "(quartiles). Above 1 ours is faster. Three engines with threads of their own take turns in one process and "
        "get in each other's way: the quartiles are wide.",
        f"{machine()}; {threads} threads for ours and ONNX Runtime, JAX as it comes; jax {jax.__version__}, "
        f"onnxruntime {onnxruntime.__version__}.",
        table(list(rows[0]), [[shown(v) if isinstance(v, tuple) else v for v in r.values()] for r in rows]),
        table(["geometric mean", *columns], means),
    ]
    (RESULTS / "peers.json").write_text(json.dumps(rows, indent=1) + "\n")
    (RESULTS / "peers.md").write_text("\n\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

"""The slow twin: LSTM, GRU and simple networks written by hand, sample by sample, with nothing of ours in them.

Every sample is a sequence of its own length, the reverse direction reads it flipped, and between every two steps each
component of the state passes an identity: before it the gradient is the total one, behind it the carried one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

GATES = {"lstm": "ifgo", "gru": "rzn", "rnn": "a", "relu": "a"}
STATE = {"lstm": ("h", "c"), "gru": ("h",), "rnn": ("h",), "relu": ("h",)}

State = Mapping[str, Tensor]


@dataclass
class Weights:
    """One direction's parameters by gate: ``W`` (H, I), ``U`` (H, H), ``b``, ``d`` (H,)."""

    W: dict[str, Tensor]
    U: dict[str, Tensor]
    b: dict[str, Tensor]
    d: dict[str, Tensor]


def weights_of(module, kind: str, index: int, direction: int) -> Weights:
    suffix = f"_l{index}{'_reverse' if direction else ''}"
    gates = GATES[kind]

    def rows(name: str) -> dict[str, Tensor]:
        tensor = getattr(module, name + suffix).detach().double()
        return {g: part.requires_grad_() for g, part in zip(gates, tensor.chunk(len(gates)), strict=True)}

    W, U, b = rows("weight_ih"), rows("weight_hh"), rows("bias_ih")
    hidden = next(iter(b.values())).shape[0]
    d = {g: torch.zeros(hidden, dtype=torch.float64) for g in gates}
    second = getattr(module, f"bias_hh{suffix}", None)
    if second is not None:
        own = gates if len(second) == len(gates) * hidden else "n"
        d |= dict(zip(own, second.detach().double().chunk(len(own)), strict=True))
    return Weights(W, U, b, d)


Gates = dict[str, tuple[Tensor, Tensor]]


def step(
    kind: str, w: Weights, x: Tensor, s: State, reads: Callable[[str], Tensor] | None = None
) -> tuple[State, Gates]:
    """The next state of one sample, and each gate's pre-activation and activation.

    ``reads`` gives the h that a gate's recurrent matrix multiplies; s is what the equations read besides.
    """
    h = reads or (lambda gate: s["h"])
    if kind == "gru":
        r_pre, z_pre = (w.W[g] @ x + w.b[g] + w.U[g] @ h(g) + w.d[g] for g in "rz")
        r, z = torch.sigmoid(r_pre), torch.sigmoid(z_pre)
        n_pre = w.W["n"] @ x + w.b["n"] + r * (w.U["n"] @ h("n") + w.d["n"])
        n = torch.tanh(n_pre)
        return {"h": (1 - z) * n + z * s["h"]}, {"r": (r_pre, r), "z": (z_pre, z), "n": (n_pre, n)}
    pre = {g: w.W[g] @ x + w.b[g] + w.U[g] @ h(g) + w.d[g] for g in GATES[kind]}
    if kind == "lstm":
        i, f, o = (torch.sigmoid(pre[g]) for g in "ifo")
        g = torch.tanh(pre["g"])
        c = f * s["c"] + i * g
        return {"h": o * torch.tanh(c), "c": c}, {k: (pre[k], v) for k, v in dict(i=i, f=f, g=g, o=o).items()}
    a = torch.relu(pre["a"]) if kind == "relu" else torch.tanh(pre["a"])
    return {"h": a}, {"a": (pre["a"], a)}


@dataclass
class Walk:
    """One sample through one direction of one layer: ``seen`` and ``onward`` states by step, in the order read."""

    kind: str
    weights: Weights
    x: list[Tensor]
    start: State
    seen: list[State] = field(default_factory=list)
    onward: list[State] = field(default_factory=list)
    gates: list[Gates] = field(default_factory=list)
    gradients: dict[tuple[str, int, str], Tensor] = field(default_factory=dict)

    def go(self) -> Walk:
        s = self.start
        for x in self.x:
            new, gates = step(self.kind, self.weights, x, s)
            seen = {n: v.clone() for n, v in new.items()}
            s = {n: v.clone() for n, v in seen.items()}
            for tensor in (*seen.values(), *s.values()):
                tensor.retain_grad()
            self.seen.append(seen)
            self.onward.append(s)
            self.gates.append(gates)
        return self

    def __len__(self) -> int:
        return len(self.x)

    def carried(self, t: int, name: str) -> Tensor:
        return self.gradients["carried", t, name]

    def total(self, t: int, name: str) -> Tensor:
        return self.gradients["total", t, name]

    def settle(self) -> None:
        """Keep the loss's gradients: later ones, of probes, would be written over them."""
        for which, states in (("carried", self.onward), ("total", self.seen)):
            for t, state in enumerate(states):
                for name, tensor in state.items():
                    self.gradients[which, t, name] = _or_zero(tensor.grad, tensor).clone()

    def probe(self, t: int, cotangent: Tensor) -> list[dict[str, Tensor]]:
        """Gradients of cotangent . h_t, by steps before t and component."""
        found = [{n: cotangent if n == "h" else torch.zeros_like(cotangent) for n in STATE[self.kind]}]
        for before in reversed(range(t)):
            tensors = self.onward[before]
            gradients = torch.autograd.grad(
                self.onward[t]["h"], list(tensors.values()), cotangent, retain_graph=True, allow_unused=True
            )
            found.append({n: _or_zero(g, tensors[n]) for n, g in zip(tensors, gradients, strict=True)})
        return found

    def back(self, t: int, arriving: State, way: str) -> State:
        """What step t hands to the state before it of the gradient ``arriving``, through gate ``way`` alone; ``""``:
        through none."""
        before = self.onward[t - 1] if t else self.start
        live = {n: v.detach().clone().requires_grad_() for n, v in before.items()}
        dead = {n: v.detach() for n, v in before.items()}
        new, _ = step(
            self.kind,
            self.weights,
            self.x[t].detach(),
            dead if way else live,
            lambda gate: live["h"] if gate == way else dead["h"],
        )
        return dict(zip(live, torch.autograd.grad(
            list(new.values()), list(live.values()), [arriving[n] for n in new], allow_unused=True,
            materialize_grads=True,
        ), strict=True))  # fmt: skip


def _or_zero(gradient: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like) if gradient is None else gradient


States = tuple[Tensor, ...]
Walks = dict[tuple[int, int], list[Walk]]


def network(
    module, kind: str, x: Tensor, lengths, output_gradient: Tensor, state_gradient: States, start: States | None = None
) -> Walks:
    """Run and backpropagate every sample of ``x`` (T, B, I) on its own; walks by layer and direction, one a sample.

    ``output_gradient`` (T, B, D H) and ``state_gradient`` (L D, B, H) by component are what the loss puts there;
    ``start`` is the state before the first step, in the same form: zeros by default.
    """
    directions = 2 if module.bidirectional else 1
    places = [(i, d) for i in range(module.num_layers) for d in range(directions)]
    weights = {place: weights_of(module, kind, *place) for place in places}
    walks: Walks = {place: [] for place in places}
    for b, length in enumerate(lengths):
        values, loss = list(x[:length, b].detach().double()), torch.zeros((), dtype=torch.float64)
        for i in range(module.num_layers):
            outputs = []
            for d in range(directions):
                before = [torch.zeros_like(s) for s in state_gradient] if start is None else start
                first = {n: s[i * directions + d, b].double() for n, s in zip(STATE[kind], before, strict=True)}
                walk = Walk(kind, weights[i, d], values[::-1] if d else values, first).go()
                walks[i, d].append(walk)
                hs = [s["h"] for s in walk.seen]
                outputs.append(hs[::-1] if d else hs)
                for n, gradient in zip(STATE[kind], state_gradient, strict=True):
                    loss = loss + (walk.onward[-1][n] * gradient[i * directions + d, b].double()).sum()
            values = [torch.cat(parts) for parts in zip(*outputs, strict=True)]
        loss = loss + sum((v * output_gradient[t, b].double()).sum() for t, v in enumerate(values))
        loss.backward(retain_graph=True)
        for own in walks.values():
            own[-1].settle()
    return walks

"""Cells made of dice: legal graphs of every operation, that no one would write."""

import random

from undertow.lang import (
    Cell,
    cell,
    exp,
    log,
    log_sigmoid,
    maximum,
    mean,
    minimum,
    relu,
    sigmoid,
    softplus,
    sqrt,
    stop_gradient,
    tanh,
    where,
)

UNARY = [
    sigmoid, tanh, log_sigmoid, softplus, relu, abs, stop_gradient,
    lambda a: exp(tanh(a)), lambda a: log(softplus(a) + 0.5), lambda a: sqrt(a * a + 0.3), lambda a: -a,
    lambda a: a - mean(a),
    lambda a: a / sqrt(mean(a * a) + 0.5),
]  # fmt: skip
BINARY = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * tanh(b), lambda a, b: a / (1.5 + sigmoid(b)),
    minimum, maximum, lambda a, b: where(a > b, a, b * 0.5), lambda a, b: where(a <= 0.1, b, tanh(a)),
]  # fmt: skip


def random_cell(seed: int) -> Cell:
    """A cell of one to three components, one to four gates, one or two heads, with weights per unit."""
    dice = random.Random(seed)
    components = ["h", "c", "v"][: dice.randint(1, 3)]
    gates = ["i", "f", "g", "o"][: dice.randint(1, 4)]
    weights = ["w", "u"][: dice.randint(0, 2)]

    def build(x, s, U, p):
        pool = [getattr(s, n) for n in components] + [getattr(p, n) for n in weights]
        for gate in gates:
            read = getattr(x, gate)
            kind = dice.randrange(4)
            if kind == 0:
                pool.append(read)
            elif kind == 1:
                pool.append(read.input + getattr(U, gate)(dice.choice(pool)))
            elif kind == 2:
                pool.append(tanh(read.input) + sigmoid(read.recurrent) * dice.choice(pool))
            else:
                pool.append(read.input)
            for _ in range(dice.randint(1, 3)):
                if dice.random() < 0.5:
                    pool.append(dice.choice(UNARY)(dice.choice(pool)))
                else:
                    pool.append(dice.choice(BINARY)(dice.choice(pool), dice.choice(pool)))
        used = sum(pool[len(components) :], pool[0]) + pool[-1]
        results = {n: tanh(used * 0.3 + dice.choice(pool)) for n in components[1:]}
        return s.next(h=tanh(used * 0.2 + sum(getattr(s, n) for n in components)), **results)

    build.__name__ = f"dice_{seed}"
    return cell(
        gates=" ".join(gates),
        state=dict.fromkeys(components, 0.1),
        weights=dict.fromkeys(weights, 0.5),
        heads=dice.choice([1, 1, 2]),
    )(build)

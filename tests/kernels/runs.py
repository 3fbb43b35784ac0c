"""Run a compiled step on NumPy arrays, beside the interpreter."""

import numpy as np

from undertow.kernels.bptt import Cotangents, GradientTargets, Recording, backward, probe
from undertow.kernels.calls import Extents, Rows, Sequence
from undertow.kernels.host import host
from undertow.kernels.packing import ParameterAddresses
from undertow.kernels.routine import Routine
from undertow.kernels.sequence import Trajectory, forward, tape_at, tape_numbers
from undertow.kernels.steps import Equations, Steps
from undertow.lang import evaluate

KINDS = "WbUdp"


def compiled(cell, dtype="float64", target=None, graph=None, adjoint=None):
    """The kernels of a cell, or of another graph in its place."""
    equations = Equations(graph or cell.graph, adjoint or cell.adjoint, tuple(cell.state), cell.gates, cell.heads)
    return Steps(equations, dtype, target or host())


def sequence(array):
    return Sequence(array.ctypes.data, array.shape[1] * array.shape[2], array.shape[2])


def rows(array):
    return Rows(array.ctypes.data, array.shape[1])


def addresses(parameters):
    """Addresses of the arrays of :class:`evaluate.Parameters`."""
    return ParameterAddresses(*({k: v.ctypes.data for k, v in getattr(parameters, kind).items()} for kind in KINDS))


def cast(parameters, dtype):
    parts = ({k: np.ascontiguousarray(v, dtype) for k, v in getattr(parameters, kind).items()} for kind in KINDS)
    return evaluate.Parameters(*parts)


class Problem:
    """Random numbers for a cell, what the interpreter makes of them, and what the kernels make."""

    def __init__(self, cell, steps, batch, inputs, hidden, seed=0, reverse=False, scale=0.3):
        hidden = -(-hidden // cell.heads) * cell.heads
        inputs = hidden if cell.reads_raw else inputs
        rng = np.random.default_rng(seed)
        self.cell, self.reverse, self.sizes = cell, reverse, Extents(steps, batch, inputs, hidden)
        self.parameters = evaluate.Parameters.random(cell, inputs, hidden, rng, scale)
        self.x = rng.normal(size=(steps, batch, inputs))
        self.start = {}
        for name, value in cell.state.items():
            own = np.full((batch, hidden), float(value))
            self.start[name] = own if np.isinf(value) else own + 0.3 * rng.normal(size=own.shape)
        if "n" in self.start:  # a normaliser is positive
            self.start["n"] = np.abs(self.start["n"]) + 1
        shape = (steps, batch, hidden)
        self.direct = {name: rng.normal(size=shape) for name in cell.state}
        self.final = {name: rng.normal(size=shape[1:]) for name in cell.state}

    def _turn(self, array):
        return array[::-1] if self.reverse else array

    def oracle(self):
        """(states, gradients) of the interpreter, in the order of time."""
        x = self._turn(self.x)
        states = evaluate.forward(self.cell, x, self.parameters, self.start)
        direct = {name: self._turn(value).copy() for name, value in self.direct.items()}
        for name, value in self.final.items():
            direct[name][-1] += value
        gradients = evaluate.backward(self.cell, x, self.parameters, self.start, states, direct)
        gradients.x = self._turn(gradients.x)
        return {name: self._turn(value) for name, value in states.items()}, gradients

    def recorded(self, steps, program, tau=None):
        """(T, B, 2 or 4 sums by component) that a BPTT run, or one from step ``tau`` alone, writes out."""
        dtype, sizes, names = steps.dtype, self.sizes, list(self.cell.state)
        weights = cast(self.parameters, dtype)
        x, start = (
            np.ascontiguousarray(self.x, dtype),
            {n: np.ascontiguousarray(v, dtype) for n, v in self.start.items()},
        )
        states = {n: np.empty((sizes.steps, sizes.batch, sizes.hidden), dtype) for n in names}
        before = {n: rows(v) for n, v in start.items()}
        places = {n: sequence(v) for n, v in states.items()}
        kept = np.full(sum(tape_numbers(steps, sizes)), np.nan, dtype)
        tape = tape_at(kept.ctypes.data, steps, sizes)
        ahead = Routine()
        past = Trajectory(sizes, addresses(weights), sequence(x), before, places, tape, 0, self.reverse)
        forward(ahead, steps, past, {})
        ahead.run()
        count = len(steps.program(program).samples)
        out = np.full((sizes.steps if tau is None else tau + 1, sizes.batch, count), np.nan, dtype)
        final = {n: np.ascontiguousarray(v, dtype) for n, v in self.final.items()}
        back, recording = Routine(), Recording(program, sequence(out))
        if tau is None:
            direct = {n: np.ascontiguousarray(v, dtype) for n, v in self.direct.items()}
            goal = GradientTargets(None, {}, None)
            given = Cotangents({n: sequence(v) for n, v in direct.items()}, {n: rows(v) for n, v in final.items()})
            backward(back, steps, past, given, goal, recording)
            back.run()
        else:
            left = kept.copy()
            probe(back, steps, past, tau, {n: rows(v) for n, v in final.items()}, recording)
            back.run()
            assert np.array_equal(kept, left, equal_nan=True), "a probe changes nothing"
        return self._turn(out)

    def kernels(self, steps, threads=1, overwrite=True):
        """(states, final states of a run that keeps nothing, gradients) of the kernels."""
        dtype, sizes, names = steps.dtype, self.sizes, list(self.cell.state)

        def own(value):
            return np.ascontiguousarray(value, dtype)

        def fresh(*shape):
            return np.full(shape, np.nan, dtype)

        weights = cast(self.parameters, dtype)
        x, start = own(self.x), {name: own(value) for name, value in self.start.items()}
        shape = (sizes.steps, sizes.batch, sizes.hidden)
        before = {name: rows(value) for name, value in start.items()}
        given = (sizes, addresses(weights), sequence(x), before)
        last = {name: fresh(*shape[1:]) for name in names}
        states = {name: fresh(*shape) for name in names}
        kept = fresh(sum(tape_numbers(steps, sizes)))
        tape = tape_at(kept.ctypes.data, steps, sizes)
        alone, keeping = Routine(parts=threads), Routine(parts=threads)
        ends = {name: rows(value) for name, value in last.items()}
        forward(alone, steps, Trajectory(*given, {}, reverse=self.reverse), ends)
        alone.run()
        places = {name: sequence(value) for name, value in states.items()}
        past = Trajectory(*given, places, tape, reverse=self.reverse)
        forward(keeping, steps, past, {})
        keeping.run()
        of_weights = cast(evaluate.Parameters.zeros(self.cell, sizes.inputs, sizes.hidden), dtype)
        for _, _, array in of_weights.items():
            array[...] = np.nan
        of_x, of_start = fresh(*x.shape), {name: fresh(*shape[1:]) for name in names}
        direct = {name: own(value) for name, value in self.direct.items()}
        final = {name: own(value) for name, value in self.final.items()}
        arriving = Cotangents({n: sequence(v) for n, v in direct.items()}, {n: rows(v) for n, v in final.items()})
        for again in (False,) if overwrite else (False, True):
            for _, _, array in of_weights.items():
                array[...] = np.nan
            of_state = {n: rows(v) for n, v in of_start.items()}
            goal = GradientTargets(sequence(of_x), of_state, addresses(of_weights), overwrite or again)
            back = Routine(parts=threads)
            backward(back, steps, past, arriving, goal)
            back.run()
        return states, last, evaluate.Gradients(of_x, of_start, of_weights, {})


def differences(problem, steps, **options):
    """The largest difference of each result to the interpreter's, relative to the largest number of that result."""
    expected, gradients = problem.oracle()
    states, last, found = problem.kernels(steps, **options)
    end = 0 if problem.reverse else -1
    pairs = {f"state {n}": (states[n], expected[n]) for n in states}
    pairs |= {f"last {n}": (last[n], expected[n][end]) for n in states}
    pairs |= {f"d {n}": (found.state[n], gradients.state[n]) for n in states} | {"dx": (found.x, gradients.x)}
    for (kind, name, a), (_, _, b) in zip(found.parameters.items(), gradients.parameters.items(), strict=True):
        pairs[f"d{kind}.{name}"] = a, b
    return {name: _difference(a, b) for name, (a, b) in pairs.items()}


def _difference(a, b):
    finite = np.isfinite(b)
    assert (np.isfinite(a) == finite).all()
    scale = np.max(np.abs(b[finite]), initial=1e-30)
    return float(np.max(np.abs(a - b)[finite], initial=0.0) / scale)

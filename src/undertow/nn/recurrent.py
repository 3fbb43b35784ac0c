"""``Recurrent``: any cell as a torch layer, stacked, in one or two directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from undertow.nn.arguments import State, read_input, read_lengths, read_state, write_state
from undertow.nn.shaping.options import Shaping
from undertow.nn.stack import Stack
from undertow.nn.stream import Stream

__all__ = ["Recurrent"]


class Recurrent(Stack):
    """A stack of recurrent layers of any cell; ``undertow.RNN``, ``LSTM`` and ``GRU`` are thin names for it.

    Args:
        cell: a :class:`undertow.Cell` or the name of one (``undertow.cells.CELLS``).
        input_size: I, features of the input at each step.
        hidden_size: H, hidden units; a list gives each layer its own width (and the number of layers).
        num_layers: L, how many layers there are.
        bias: whether there are biases.
        batch_first: input and output are (B, T, ...) instead of (T, B, ...).
        dropout: probability of zeroing each element between layers, in training.
        bidirectional: a second direction (D = 2) reads the sequence from its end.
        proj_size: P, output projected to this width (LSTM of Sak et al. 2014, arXiv:1402.1128); 0 for none. The cell
            may read its output in recurrent products only.
        options: as :class:`undertow.nn.shaping.options.Shaping` explains them.
        backend: ``auto``, ``fused`` (kernels made from the equations, on the CPU), ``vendor`` (torch's own kernels) or
            ``reference`` (any cell, device and dtype: a Python loop).

    Raises:
        OptionError: an unknown name, or options that do not go together.
        BackendError: the backend asked for by name cannot run this cell.
        ValueError, TypeError: sizes, as ``torch.nn`` words them.
    """

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: State | None = None,
        lengths: Tensor | Sequence[int] | None = None,
        states: bool = False,
    ) -> Any:
        """Run a sequence.

        Args:
            input: (T, B, I), (B, T, I) with ``batch_first``, (T, I) unbatched, or a ``PackedSequence``.
            hx: the state before the first step, (L D, B, H) a component; a tuple in the order of ``cell.state`` if
                there is more than one. None: the cell's declared one. Layers of different widths: a tuple of
                (D, B, H) each.
            lengths: (B,) valid steps of each sample, 1 to T. What lies beyond changes nothing; outputs there are 0,
                the final state is the one after the last valid step.
            states: also return every component after every step.

        Returns:
            ``output`` (T, B, D H) in the layout of ``input``, and the final state in the shape of ``hx``. With
            ``states`` a third value: for each component a tuple with (T, B, D H) of every layer, in the layout of
            ``input`` (padded, if that is packed).

        Raises:
            RuntimeError, ValueError: shapes and dtypes, as ``torch.nn`` words them.
            OptionError: lengths out of range.
            BackendError: the chosen backend cannot do what is asked.
        """
        x, packed_lengths, form = read_input(
            type(self).__name__, input, batch_first=self.batch_first, input_size=self.input_size, like=self._some
        )
        valid = packed_lengths if lengths is None else read_lengths(lengths, x, form)
        initial, widths, directions = self.cell.state, self.state_widths, len(self._suffixes)
        start = read_state(hx, initial=initial, widths=widths, directions=directions, x=x, form=form)
        output, outcomes = self._run(x, start, valid, states=states)
        final = write_state([outcome.final for outcome in outcomes], form)
        if not states:
            return form.restore(output), final
        every = [outcome.states for outcome in outcomes if outcome.states is not None]
        return (
            form.restore(output),
            final,
            {n: tuple(form.restore_tensor(s[n]) for s in every) for n in self.cell.state},
        )

    def stream(self, batch: int = 1, *, threads: int = 1) -> Stream:
        """The layer fed one step at a time, from the declared initial state (see :class:`undertow.nn.stream.Stream`).

        Args:
            batch: B, samples side by side.
            threads: how many share a step; more than one pays only where steps follow each other without pause.

        Raises:
            OptionError: the layer is bidirectional.
        """
        return Stream(self, batch, threads)


Recurrent.__doc__ = Shaping.explained(Recurrent.__doc__)

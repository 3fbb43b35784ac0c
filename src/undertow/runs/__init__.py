"""A run is a folder, and everything about the run is in it.

::

    config.toml          everything needed to repeat the run; [made] says what made it, from which data
    metrics.jsonl        one line an event: train, evaluate, sample, end
    flow.jsonl           one line a measurement of gradient flow, of one layer and direction, and its verdict
    samples.txt          what the model wrote along the way, if it writes
    evaluation.json      a closer look at a part of the data: figures, and what the report draws of them
    remedy.json          how the remedies that a verdict names did, side by side
    trusted.json         that this user, on this machine, named the functions in config.toml himself
    report.html          the run as a page that opens offline
    model.safetensors    the model, with what is needed to use it (what is normal, if it flags anomalies)
    checkpoint/state.safetensors   the whole state of training, to go on from

``folder`` (reading and writing it) · ``lines`` (what a line of the two ``jsonl`` files must say) · ``summary`` (a row
of ``undertow runs``). Reading it needs no torch.
"""

from undertow.runs.folder import FORMAT, OWN_MODEL, SIZES, TRUSTED, RunFolder, is_search, locked, making, next_free
from undertow.runs.summary import Summary, headline, list_runs, place, summarise

__all__ = [
    "FORMAT", "OWN_MODEL", "SIZES", "TRUSTED", "RunFolder", "Summary", "headline", "is_search", "list_runs", "locked",
    "making", "next_free", "place", "summarise",
]  # fmt: skip

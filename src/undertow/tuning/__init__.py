"""The search for a network: genetic, with its controls beside it, on this machine or on a cluster.

``space`` (``genes``, from a readable file; ``spaces`` has the defaults) · ``options`` (of a search) · ``methods``
(Optuna's samplers) · ``store`` (Optuna's storage) and ``study`` (one method's trials in it) · ``folder`` (where all of
it is kept) · ``trial`` (one training) · ``workers`` and ``cluster`` (who trains; ``attached``: workers end with their
search; ``trainings``: until each is over) ·
``track`` (one method's search) · ``search`` (all of them, to be read from top to bottom) · ``final`` (the winner,
measured) · ``outcome`` (what is told) · ``session`` (from beginning to end).
"""

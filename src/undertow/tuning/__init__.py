"""The search for a network: genetic, with its controls beside it, on this machine or on a cluster.

``space`` (genes, from a readable file) · ``options`` (of a search) · ``methods`` (Optuna's samplers) · ``store``
(Optuna's storage) · ``trial`` (one training) · ``workers`` and ``cluster`` (who trains) · ``folder`` (where all of it
is kept) · ``track`` (one method's search) · ``search`` (the whole, to be read from top to bottom) · ``final`` (the
winner, measured) · ``outcome`` (what the report tells).
"""

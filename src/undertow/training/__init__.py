"""Floor 5, training: one readable loop.

``loop`` · ``config`` (its options) · ``truncation`` (windows of BPTT) · ``optimize`` (optimizers, schedules,
clipping) · ``journal`` (what it records) · ``checkpoint`` (to go on from) · ``divergence`` (when it breaks) ·
``session`` (a run, begun or resumed) · ``launched`` and ``parallel`` (one model on several processes).
"""

"""Shaping: what makes another layer of the same cell.

``options`` (what users ask for, as one value) · ``noise`` (zoneout, dropouts) · ``normalise``, ``batch_norm`` (layer
and batch normalisation) · ``variants`` (the cell as it is trained, and as it is tested) · ``initialise`` (weights at
the start).
"""

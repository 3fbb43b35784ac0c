"""Floor 2, tables of data: what they hold, where it stands, and parts that share nothing. Needs no torch.

``table`` (files and frames, read) · ``delimited``, ``records``, ``frames`` (the forms they have) · ``columns`` (what a
column holds) · ``times`` and ``spacing`` (timestamps, and what is missing between them) · ``splits`` (into parts) ·
``writing`` (to files).
"""

"""The fused engine: from a layer's tensors to the kernels and back.

``engine`` (:class:`Fused`, the backend) · ``call`` (what is asked for), ``passes`` (the list of calls that a pass is),
``compiled`` (kernels of a cell), ``memory`` · ``bridge`` (autograd's function), ``sweep`` (a backward pass, watched) ·
``operation``, ``kinds`` (what torch's dispatcher sees).
"""

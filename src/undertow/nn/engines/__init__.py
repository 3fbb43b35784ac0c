"""Engines: what runs a layer over a whole sequence, forward and back.

``layer`` (one layer as engines see it), ``remembered``, ``seeds``, ``step_statistics``, ``torch_versions`` ·
``backends`` (choosing one) · ``reference``, ``unrolled``, ``values`` (a Python loop over the steps) · ``vendor``
(torch's own kernels) · ``fused`` (kernels made from the equations; a wing of its own) · ``gate`` (tensors to
addresses) · ``observe``, ``steps_watched`` (whoever watches the backward pass).
"""

"""Floor 2, the kernels: from graphs to machine code that runs over whole sequences. llvmlite and NumPy alone; no torch.

From a step to code: ``program``, ``stages``, ``plan`` (what is computed in which pass, where it stands, what is kept) ·
``lanes``, ``loops``, ``x86`` (the words that IR is written in) · ``elementary``, ``special``, ``mathlib`` (operations
on vectors) · ``tiles``, ``panels``, ``matmul`` (products) · ``table``, ``units``, ``emit`` (a plan as a function) ·
``host``, ``jit``, ``cache``, ``steps``, ``once`` (compiled, once on a machine) · ``shown`` (a plan as people read it).

Running it: ``arguments`` (of a call, by name) · ``routine`` (calls in order, prepared for a shape), ``threads``,
``sharing``, ``arena`` · ``calls``, ``packing``, ``sequence``, ``bptt``, ``gradients`` (what a pass forward and back is
made of), ``stepper``, ``large``.
"""

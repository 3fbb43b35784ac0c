"""Floor 4, gradient flow: what backpropagation through time saw. Computes, never draws, never trains.

``watching`` (:func:`watch` a model) · ``window`` (one backward pass, by lag) · ``quantity`` and ``quantities`` (what is
measured, one file each) · ``eye`` (one layer's sums) · ``schedule`` (when to look closely) · ``finding`` and
``verdict`` (in words), ``reach`` (far enough, or on the way?) and ``finite`` (what broke first?) · ``remedies`` (what
can be done) · ``frame`` (as a table).
"""

from undertow.flow import schedule
from undertow.flow.eye import Glance, default_reach
from undertow.flow.finding import Facts, Finding, Verdict
from undertow.flow.verdict import judge
from undertow.flow.watching import Watch, watch

__all__ = ["Facts", "Finding", "Glance", "Verdict", "Watch", "default_reach", "judge", "schedule", "watch"]

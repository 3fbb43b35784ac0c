"""What is measured, one file each.

``gradient`` (by step and component) · ``lag_profile`` and ``horizon`` (how far it reaches) · ``gates`` (open,
closed, saturated) · ``half_life`` (of what is remembered) · ``dead_units`` · ``matrices`` (of the recurrence) ·
``omega`` (Pascanu's) · ``paths`` (highway and gates) · ``inputs`` (how large they are).
"""

from collections.abc import Callable

from undertow.flow.quantities.dead_units import DeadUnits
from undertow.flow.quantities.gates import Gates
from undertow.flow.quantities.gradient import Gradient
from undertow.flow.quantities.half_life import HalfLife
from undertow.flow.quantities.inputs import Inputs
from undertow.flow.quantities.lag_profile import LagProfile
from undertow.flow.quantities.matrices import Matrices
from undertow.flow.quantities.omega import Omega
from undertow.flow.quantities.paths import Paths
from undertow.flow.quantity import Quantity

__all__ = ["QUANTITIES"]

#: Every quantity, in the order in which reports show them.
QUANTITIES: tuple[Callable[[], Quantity], ...] = (
    Gradient, LagProfile, Gates, HalfLife, DeadUnits, Matrices, Omega, Paths, Inputs,
)  # fmt: skip

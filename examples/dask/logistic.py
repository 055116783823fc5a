"""The logistic map x -> r x (1 - x), a population with limited food: steady, periodic or chaotic, depending on its growth r."""

from math import log


def lyapunov(growth: float, steps: int) -> float:
    """Lyapunov exponent of the map, in 1/step: above 0 where two populations that begin almost alike drift apart."""
    x = 0.5
    for _ in range(1000):
        x = growth * x * (1 - x)
    total = 0.0
    for _ in range(steps):
        x = growth * x * (1 - x)
        total += log(abs(growth * (1 - 2 * x)) or 1e-300)
    return total / steps

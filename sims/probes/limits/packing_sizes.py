"""Packings of the sphere made and checked, beside the sizes that theory promises: log M >= c^2 N / 2."""

import dataclasses
import math
from typing import Annotated, ClassVar

from sims.pieces import register
from sims.pieces.fields import Checked, Number, Whole
from sims.pieces.quantity import Quantity
from sims.probes.base import numpy_generator
from theory.limits.packing_limits import log_corollary_size, log_half_weight_limit, log_packing_limit
from theory.limits.packings import (
    Packing,
    greedy_packing,
    linear_code_packing,
    log_binary_code_size,
    log_gilbert_varshamov,
)

MOST_BITS = 11
"""Codes are made with up to 2^11 points, whose inner products are all computed."""
CANDIDATES = 4000


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class PackingSizes(Checked):
    """log M of packings of S^{N-1} with inner products at most c, each predicted to be at least c^2 N / 2.

    Quantities: "gilbert_varshamov" and "binary_code", of packings that are proven to exist; "explicit", of
    the larger of a random linear code and a greedy packing, made here, with every inner product computed (of
    at most 2^11 points, so that its prediction ends there);
    "largest_inner_product", that of the explicit one, predicted to be at most c.

    Against the packing corollary of Lahoti et al. 2024, by counting: "limit", which no packing exceeds, with
    the corollary's N as its prediction where c >= 2/N; and for even N "half_weight_limit", which no set of
    the proof's own vectors exceeds, predicted as the proof prints it, (c ln c - c + 1) N.
    """

    dimension: Annotated[int, Whole(2)]
    inner_product: Annotated[float, Number(above=0, below=1)]
    name: ClassVar[str] = "packing_sizes"
    version: ClassVar[int] = 2

    def measure(self, entropy: int) -> list[Quantity]:
        """Sizes of packings, in nats."""
        rng = numpy_generator(entropy)
        n, c = self.dimension, self.inner_product
        promised, most = c * c * n / 2, MOST_BITS * math.log(2)
        packings = [greedy_packing(n, c, CANDIDATES, rng)]
        bits = min(MOST_BITS, n, math.ceil(log_binary_code_size(n, c) / math.log(2)))
        while bits >= 1:
            try:
                packings.append(linear_code_packing(n, c, bits, rng, attempts=20))
                break
            except ValueError:  # no such code found: fewer words
                bits -= 1
        best: Packing = max(packings, key=lambda packing: packing.size)
        limits = [
            Quantity(name="limit", value=log_packing_limit(n, c), predicted=float(n) if c >= 2 / n else None)
        ]
        if n % 2 == 0:
            own = log_half_weight_limit(n, c)
            limits.append(Quantity(name="half_weight_limit", value=own, predicted=log_corollary_size(n, c)))
        return [
            *limits,
            Quantity(name="gilbert_varshamov", value=log_gilbert_varshamov(n, c), predicted=promised),
            Quantity(name="binary_code", value=log_binary_code_size(n, c), predicted=promised),
            Quantity(name="explicit", value=math.log(best.size), predicted=min(promised, most)),
            Quantity(name="largest_inner_product", value=best.inner_product, predicted=c),
        ]

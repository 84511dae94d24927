"""What this machine could do at best, and how many operations the protocol asks of it.

Two limits, measured: the rate of a large float32 matrix product (1024 x 1024 x 1024, jax) and the bandwidth
of a stream triad a = b + s c on arrays far larger than the caches. Two counts, by hand: floating-point
operations and bytes of one training step of an LCN.
"""

import time

GRID_POINTS = 9
STEPS = 1200
EVAL_EVERY = 10
TEST_SIZE = 1000


# --- Limits of the machine --------------------------------------------------------------------------------


def matrix_product_gflops(size: int = 1024, repeats: int = 20) -> float:
    """GFLOP/s of the fastest of `repeats` float32 products of two size x size matrices, all threads."""
    import jax
    import jax.numpy as jnp

    product = jax.jit(jnp.matmul)
    a, b = jax.random.normal(jax.random.key(0), (2, size, size), dtype=jnp.float32)
    product(a, b).block_until_ready()
    fastest = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        product(a, b).block_until_ready()
        fastest = min(fastest, time.perf_counter() - start)
    return 2 * size**3 / fastest / 1e9


def triad_gigabytes_a_second(megabytes: int = 128, repeats: int = 20) -> float:
    """GB/s of the fastest of `repeats` triads a = b + s c on three float32 arrays of `megabytes` each.

    Counted as STREAM does: 12 bytes an element, two read and one written. The old a is donated, so that the
    result is written in its place and no time goes into fresh pages.
    """
    import jax
    import jax.numpy as jnp

    elements = megabytes * 2**20 // 4
    triad = jax.jit(lambda a, b, c: b + 3.0 * c, donate_argnums=0, keep_unused=True)
    a, b, c = (jnp.full(elements, value, dtype=jnp.float32) for value in (0.0, 1.0, 2.0))
    a = triad(a, b, c).block_until_ready()
    fastest = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        a = triad(a, b, c).block_until_ready()
        fastest = min(fastest, time.perf_counter() - start)
    return 12 * elements / fastest / 1e9


# --- Operations of the protocol ---------------------------------------------------------------------------


def step_flops(n: int, k: int, d: int) -> float:
    """Floating-point operations of one gradient step of one lane (one seed, one pair of rates) of an LCN.

    z = <w_i, x_i> for n samples and k patches takes 2 n k d, its gradient sum_j g_ji x_ji another 2 n k d.
    The soft threshold, its sum, the mask and the two products that make g are counted as 8 n k.
    """
    return 4 * n * k * d + 8 * n * k


def evaluation_flops(k: int, d: int, test_size: int = TEST_SIZE) -> float:
    """Operations of one look at the test set by one lane: 2 m k d for z, 5 m k for threshold and sum."""
    return 2 * test_size * k * d + 5 * test_size * k


def lane_step_flops(n: int, k: int, d: int) -> float:
    """A gradient step with its share of the test evaluations."""
    return step_flops(n, k, d) + evaluation_flops(k, d) / EVAL_EVERY


def protocol_flops(ns: list[int], k: int, d: int) -> float:
    """The whole grid, every step, at each n of the list (one entry for each seed and n)."""
    return sum(GRID_POINTS * STEPS * lane_step_flops(n, k, d) for n in ns)


def protocol_bytes(ns: list[int], k: int, d: int, lanes: int) -> float:
    """Bytes from memory if no sample stayed in cache: the training set is read twice a step (float32).

    `lanes` trainings share one reading: 1 for a loop over the grid, 9 where the grid's lanes go side by side.
    """
    return sum(GRID_POINTS / lanes * STEPS * 2 * 4 * n * k * d for n in ns)

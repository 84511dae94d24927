"""Twin of the empirical kernel: the whole Jacobian of one net, by reverse mode, times its transpose."""

import jax
import jax.numpy as jnp
import numpy as np

from sims.models.base import apply


def slow_ntk(model, params, x1, x2):
    """Empirical tangent kernel (n1, n2) in float64."""
    with jax.enable_x64(True):
        lane = {role: jnp.asarray(np.asarray(leaf), jnp.float64) for role, leaf in params.items()}

        def jacobian(x):
            found = jax.jit(jax.jacrev(lambda p: apply(model, p, jnp.asarray(x, jnp.float64))))(lane)
            moved = [leaf for role, leaf in found.items() if role != "b" or model.trained_bias]
            return np.concatenate([np.asarray(leaf).reshape(len(x), -1) for leaf in moved], axis=1)

        return jacobian(x1) @ jacobian(x2).T

"""Keep compiled programs between runs, in the user's cache folder."""

import os
from pathlib import Path


def keep_compiled_programs() -> None:
    """Turn jax's persistent compilation cache on, in ``~/.cache/nstar`` ($XDG_CACHE_HOME is honoured).

    JAX's own variables win where they are set. Every program is kept: a cell needs some twenty small ones,
    which take as long to compile as the large one.
    """
    import jax

    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(cache / "nstar" / "jax"))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)

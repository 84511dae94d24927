"""Keep compiled programs between runs, in the user's cache folder."""

import os
from pathlib import Path


def keep_compiled_programs() -> None:
    """Turn jax's persistent compilation cache on, in ``~/.cache/nstar`` ($XDG_CACHE_HOME is honoured).

    JAX_COMPILATION_CACHE_DIR, where it is set, wins. Programs that compile in under 0.1 s are not kept.
    """
    import jax

    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jax.config.update("jax_compilation_cache_dir", str(cache / "nstar" / "jax"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)

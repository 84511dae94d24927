"""Keep compiled programs between runs, in the user's cache folder."""

import gc
import os
import warnings
from pathlib import Path


def keep_compiled_programs() -> None:
    """Turn jax's persistent compilation cache on, in ``~/.cache/nstar`` ($XDG_CACHE_HOME is honoured).

    JAX's own variables win where they are set. Every program is kept: a cell needs some twenty small ones,
    which take as long to compile as the large one.

    An entry that cannot be read (a killed process may leave one cut short), or a folder that cannot be
    written, costs compilations and nothing else, so jax's warnings about them are not shown.
    """
    import jax

    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache entry")

    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(cache / "nstar" / "jax"))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


MOST_MAPPINGS = 20_000
"""Memory mappings of the process from which on programs are dropped: Linux allows 65,530 by default, every
compiled program takes several, and past the limit the compiler crashes.
"""


def compiled_programs() -> int:
    """Programs that the process holds."""
    from jax.extend.backend import get_backend

    return len(get_backend().live_executables())


def drop_programs_if_many(most: int) -> int:
    """Forget compiled programs if the process holds `most` of them or `MOST_MAPPINGS` memory mappings; how
    many there were before.

    What is needed again is read back from the cache on disk.
    """
    count = compiled_programs()
    if count >= most or _mappings() >= MOST_MAPPINGS:
        import jax

        jax.clear_caches()
        gc.collect()
    return count


def _mappings() -> int:
    """Memory mappings of the process; 0 where /proc does not exist."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            return sum(1 for _ in file)
    except OSError:
        return 0

"""How kernels are compiled, and when what is compiled is compiled anew.

numba keeps compiled kernels on disk until their own file changes. Parts that a kernel
takes from other files would stay as they were: after an upgrade, code of two versions
might meet, and read memory in two layouts. Here the sources of all kernels together are
part of what must be unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit


def digest_of_kernels(folder: Path) -> str:
    """Return a digest of the names and sources of all kernels of a folder."""
    digest = sha256()
    for path in sorted(folder.glob("_kernels*.py")):
        source = path.read_bytes()
        digest.update(f"{path.name} {len(source)} ".encode() + source)
    return digest.hexdigest()


_DIGEST = digest_of_kernels(Path(__file__).parent)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call, free of Python's lock, and keep it."""
    compiled = njit(nogil=True, cache=True)(function)
    kept: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if not hasattr(kept, "_source_stamp"):
        # numba keeps its stamps elsewhere: better to wait than to trust an old file.
        return njit(nogil=True)(function)
    kept._source_stamp = (kept._source_stamp, _DIGEST)
    return compiled

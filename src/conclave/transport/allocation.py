"""What the C library is told of memory, so that a member over TLS costs little.

uvloop keeps a buffer of 256 KiB for each TLS connection and touches a few pages of it. glibc maps blocks of that size
apart, one by one, until the first of them is given back; from then on it cuts them out of its heap. A connection that
came after others had gone took 56 KiB before its login so, and takes 36 since glibc is told to go on as it began
(measured with 300 by ``tests/test_member_port_memory.py``).
"""

import ctypes
from typing import Final

M_MMAP_THRESHOLD: Final = -3  # malloc.h
M_MMAP_MAX: Final = -4
LARGE_BYTES: Final = 128 * 1024  # glibc's own first threshold
MOST_APART: Final = 32_768  # half of the mappings that Linux lets a process have (vm.max_map_count)


def keep_large_blocks_apart() -> None:
    """Let large blocks be mapped one by one, for as long as the process lives; glibc only."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_MMAP_MAX, MOST_APART)

"""Peak memory of a process."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def peak_megabytes() -> float:
    """Return the peak memory of this process."""
    # On Linux, ru_maxrss starts at the value of the parent process. VmHWM starts at 0 when the program is executed.
    if (status := Path("/proc/self/status")).exists():
        return int(re.findall(r"VmHWM:\s*(\d+)", status.read_text(encoding="ascii", errors="replace"))[0]) / 1e3
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3

"""The machine that is measured on, and what Linux tells of its processes."""

from __future__ import annotations

import os
import platform
import re
import signal
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# The fields of /proc/PID/stat after the command's name: user and system time are 14th and 15th.
_USER, _SYSTEM = 11, 12


_CORES = sorted(os.sched_getaffinity(0))
FIRST_CORE = _CORES[0]
"""Where what is measured runs, alone."""

OTHER_CORE = _CORES[-1]
"""Where all the rest runs: the load, the counterparts, Redis."""


def keep_off_the_first_core() -> None:
    """Leave the first core to what is measured."""
    os.sched_setaffinity(0, {OTHER_CORE})


def give_a_core(pid: int, core: int) -> None:
    """Let every thread of a process run on one core alone."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken since it was started."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS


def resident_mb(pid: int) -> float:
    """Return the memory of a process that is resident now, in MB (VmRSS)."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def freeze(pid: int) -> None:
    """Stop a process in its tracks, as a hanging server stands still: its sockets stay open."""
    os.kill(pid, signal.SIGSTOP)


def thaw(pid: int) -> None:
    """Let a process go on."""
    os.kill(pid, signal.SIGCONT)


def described() -> str:
    """Return what the machine is, without its name."""
    about = Path("/proc/cpuinfo").read_text("utf-8")
    model = re.search(r"model name\s*:\s*(.+)", about)
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text("ascii"))
    parts = [
        f"{os.cpu_count()} cores ({model[1].strip() if model else platform.machine()})",
        f"{int(memory[1]) / 1024**2:.0f} GiB of memory" if memory else "",
        f"{platform.system()} {platform.release().partition('-')[0]}",
        f"Python {platform.python_version()}",
    ]
    return ", ".join(filter(None, parts))

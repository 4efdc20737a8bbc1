"""Shutting the disposable process in: before it has read a byte of the stranger's file.

Two layers, each where the machine allows it: namespaces of its own (no network interface, an
empty read-only root) and the filter of system calls. What is in force is said, not assumed.
"""

import ctypes
import os
import resource
import signal
from contextlib import suppress

from . import filter as calls
from . import limits

_NEW_MOUNTS, _NEW_UTS, _NEW_IPC, _NEW_USER, _NEW_NETWORK = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x40000000,
)
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_RECURSIVE_PRIVATE = 0x4000 | 0x40000
_DIE_WITH_PARENT, _DUMPABLE = 1, 4
_CAPABILITIES = 0x20080522
NOBODY = 65534


def _give_way(patience: int) -> None:
    """Let whoever waits for a page come first.

    Linux may share its processors out by session first (sched_autogroup), and this process has a
    session of its own: there its niceness counts for nothing, and the session's has to be told.
    """
    os.nice(patience)
    with suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as group:
        group.write(str(patience))


class Confinement:
    """What protects this process; each name says by what, and is empty when nothing does."""

    def __init__(self) -> None:
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.network = self.files = self.privileges = ""
        self._spaces = False

    def begin(
        self,
        *,
        address_bytes: int,
        patience: int = 5,
        wall_seconds: float = limits.WALL_SECONDS,
    ) -> None:
        """Before anything is looked at: limits, own namespaces, an end when the parent ends."""
        self.libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        _give_way(patience)
        # Should the parent be gone already, this ends the process all the same.
        signal.alarm(int(wall_seconds) + 1)
        bounds = {
            resource.RLIMIT_AS: address_bytes,
            resource.RLIMIT_CPU: limits.CPU_SECONDS,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: limits.OPEN_FILES,
        }
        for kind, most in bounds.items():
            _, hard = resource.getrlimit(kind)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most))
        self._spaces = self._unshared()
        if self._spaces:
            self.network = "namespace"

    def _unshared(self) -> bool:
        """Leave the machine's network and mounts: as root at once, else as root of nothing."""
        spaces = _NEW_MOUNTS | _NEW_UTS | _NEW_IPC | _NEW_NETWORK
        return not self.libc.unshare(spaces) or not self.libc.unshare(spaces | _NEW_USER)

    def finish(self) -> dict[str, str]:
        """When all is imported: no files, no rights, no new process. Return what is in force."""
        if self._spaces and self._empty_root():
            self.files = "empty root"
        self._drop_rights()
        if not calls.lay_on(self.libc):
            # The next best: no process, but no thread either, which HEIC needs.
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        else:
            self.network = " and ".join(filter(None, (self.network, "call filter")))
            self.files = " and ".join(filter(None, (self.files, "call filter")))
            self.privileges = " and ".join(filter(None, (self.privileges, "call filter")))
        return {
            "network": self.network,
            "files": self.files,
            "privileges": self.privileges,
            "memory": "limit and watch",
            "cpu": "limit",
            "time": "watch",
        }

    def _empty_root(self) -> bool:
        """Make an empty, read-only file system this process's root."""
        mount, here = self.libc.mount, os.path.dirname(__file__).encode()
        flags = _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_PROGRAMS
        if mount(None, b"/", None, _RECURSIVE_PRIVATE, None):
            return False
        if mount(b"none", here, b"tmpfs", flags, b"size=4k") or self.libc.chroot(here):
            return False
        os.chdir("/")
        return not os.listdir("/")

    def _drop_rights(self) -> None:
        """Become nobody where this is root, and let every capability go."""
        if os.getuid() == 0 and os.getgid() == 0:
            try:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                self.privileges = "nobody"
            except OSError:  # a user namespace with one user in it: there is nobody else to be
                self.privileges = ""
        header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
        nothing = (ctypes.c_uint32 * 6)()
        if not self.libc.capset(ctypes.byref(header), ctypes.byref(nothing)):
            self.privileges = self.privileges or "no capabilities"
        # Becoming nobody undid both: the parent may look at the memory, and its end is this one's.
        self.libc.prctl(_DUMPABLE, 1, 0, 0, 0)
        self.libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)

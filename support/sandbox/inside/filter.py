"""A filter of system calls (seccomp): what parsing needs, and nothing else.

With it no file can be opened, no socket made, no program run and no other process touched,
whatever the machine says about namespaces. It is laid on when everything has been imported.
"""

import ctypes
import errno
import os
import platform
import struct

# Linux: asm/unistd_64.h (x86_64) and asm-generic/unistd.h (aarch64).
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "poll": (7, None),
    "ppoll": (271, 73),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "fcntl": (72, 25),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "times": (100, 153),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getrandom": (318, 278),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
_CLONE, _CLONE3, _TGKILL, _SECCOMP = (56, 220), (435, 435), (234, 131), (317, 277)
_CLONE_THREAD = 0x10000

_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NO_NEW_PRIVILEGES = 38
_SET_FILTER, _ALL_THREADS = 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def lay_on(libc: ctypes.CDLL) -> bool:
    """Filter this process's system calls from here on; False where the machine cannot."""
    architecture = _ARCHITECTURES.get(platform.machine())
    if architecture is None or libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    audit, column = architecture
    lines = _lines(audit, column)
    program = _Program(len(lines), b"".join(lines))
    number = _SECCOMP[column]
    return not libc.syscall(number, _SET_FILTER, _ALL_THREADS, ctypes.byref(program))


def _lines(audit: int, column: int) -> list[bytes]:
    """Return the filter as BPF: refused is EPERM, a foreign architecture is the end."""
    lines = [
        _line(_LOAD, _ARCH_AT),
        _line(_EQUAL, audit, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER_AT),
    ]
    for numbers in _ALLOWED.values():
        if numbers[column] is not None:
            lines += [_line(_EQUAL, numbers[column], 0, 1), _line(_RETURN, _ALLOW)]
    lines += [
        # clone3 hides its flags in memory: say that it does not exist, and libc uses clone.
        _line(_EQUAL, _CLONE3[column], 0, 1),
        _line(_RETURN, _REFUSE | errno.ENOSYS),
        # A thread, but no process.
        _line(_EQUAL, _CLONE[column], 0, 4),
        _line(_LOAD, _FIRST_ARGUMENT_AT),
        _line(_SET, _CLONE_THREAD, 0, 1),
        _line(_RETURN, _ALLOW),
        _line(_RETURN, _REFUSE | errno.EPERM),
        # A signal to itself (abort), to nobody else.
        _line(_EQUAL, _TGKILL[column], 0, 3),
        _line(_LOAD, _FIRST_ARGUMENT_AT),
        _line(_EQUAL, os.getpid(), 0, 1),
        _line(_RETURN, _ALLOW),
        _line(_RETURN, _REFUSE | errno.EPERM),
    ]
    return lines


def _line(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, when_true, when_false, value)

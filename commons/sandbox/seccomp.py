"""A process takes a filter upon itself that lets through the calls of an allow-list (``system_calls``), and no other.

    reason = seccomp.confine(Profile.PARSER)      empty, or why this system has no such filter

Linux lets a process do so without privileges and for good, in all its threads (https://docs.kernel.org/userspace-api/seccomp_filter.html).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable, Sequence

from commons.sandbox import system_calls
from commons.sandbox.system_calls import Action, Condition, Profile, Rule

# column of the numbers, AUDIT_ARCH, seccomp(2)
MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
_X32 = 0x40000000  # calls of the x32 kind have other numbers on the same machine
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_FAIL = 0x00050000  # and the error in the lower bits
RETURNS = {
    Action.ALLOW: 0x7FFF0000,
    Action.REFUSE: _FAIL | errno.EPERM,
    Action.ABSENT: _FAIL | errno.ENOSYS,
    Action.NO_TERMINAL: _FAIL | errno.ENOTTY,
    Action.KILL: 0x80000000,  # the whole process
}
# In struct seccomp_data: the call, the machine, and six arguments of 64 bits, lower half first.
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_SET_NO_NEW_PRIVS = 38
_MODE_FILTER, _ALL_THREADS = 1, 1

Line = tuple[int, int, int, int]  # code, lines to skip when true, when false, operand


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine(profile: Profile) -> str:
    """Let no other call through than the profile allows, in every thread of this process. Returns why that was not possible, or nothing."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in MACHINES:
        return f"there is no filter of system calls for {sys.platform} on {machine}"
    column, architecture, seccomp = MACHINES[machine]
    lines = program(architecture, system_calls.rules(profile, column, os.getpid()))
    if reason := give_up_privileges():
        return reason
    filled = _Program(len(lines), b"".join(struct.pack("HBBI", *line) for line in lines))
    if ctypes.CDLL(None, use_errno=True).syscall(seccomp, _MODE_FILTER, _ALL_THREADS, ctypes.byref(filled)):
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    return ""


def give_up_privileges() -> str:
    """Never gain any by starting a program; what both filters of this room ask for. Returns why that was not possible, or nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    return (
        f"no_new_privs: {os.strerror(ctypes.get_errno())}"
        if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        else ""
    )


def program(architecture: int, rules: Iterable[Rule]) -> list[Line]:
    """The filter in classic BPF: another machine's calls end the process, the first rule that fits decides, and the rest is refused."""
    lines = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, RETURNS[Action.KILL]),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, RETURNS[Action.KILL]),
    ]
    for rule in rules:
        lines += _rule(rule)
    return [*lines, (_RETURN, 0, 0, RETURNS[Action.REFUSE])]


def _rule(rule: Rule) -> list[Line]:
    """Begins and ends with the call's number loaded."""
    action = (_RETURN, 0, 0, RETURNS[rule.action])
    if not rule.conditions:
        return [(_EQUAL, 0, 1, rule.number), action]
    body = [action, (_LOAD, 0, 0, _NUMBER_AT)]  # the second line is where a condition leads that is not met
    for condition in reversed(rule.conditions):
        body = [*_condition(condition, len(body) - 1), *body]
    return [(_EQUAL, 0, len(body), rule.number), *body]


def _condition(condition: Condition, otherwise: int) -> list[Line]:
    """Goes on behind its last line when it is met, else ``otherwise`` lines further."""
    at = _ARGUMENTS_AT + 8 * condition.place
    lines = _one_of(condition.values, otherwise)
    if condition.mask != 0xFFFFFFFF:
        lines = [(_AND, 0, 0, condition.mask), *lines]
    lines = [(_LOAD, 0, 0, at), *lines]
    if condition.whole:
        lines = [(_LOAD, 0, 0, at + 4), (_EQUAL, 0, len(lines) + otherwise, 0), *lines]
    return lines


def _one_of(values: Sequence[int], otherwise: int) -> list[Line]:
    last = len(values) - 1
    return [
        (_EQUAL, last - place, otherwise if place == last else 0, value) for place, value in enumerate(values)
    ]

"""The filter, interpreted for every machine it knows: what each call comes to, on machines that no test runs on too."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import Any

import pytest

from commons.sandbox import seccomp, system_calls
from commons.sandbox.seccomp import MACHINES, RETURNS
from commons.sandbox.system_calls import Action, Profile

PROCESS = 4711
OUTCOMES = {value: action for action, value in RETURNS.items()}


@dataclass
class Machine:
    """One program of the filter, and how the kernel runs it (linux/filter.h)."""

    name: str
    profile: Profile = Profile.PARSER

    def __call__(self, call: str | int, *arguments: int, architecture: int | None = None) -> Action:
        column, expected, _ = MACHINES[self.name]
        number = call if isinstance(call, int) else system_calls._NUMBERS[call][column]
        assert number is not None
        words = [number, expected if architecture is None else architecture, 0, 0]
        for argument in (*arguments, *[0] * (6 - len(arguments))):
            words += [argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF]
        lines = seccomp.program(expected, system_calls.rules(self.profile, column, PROCESS))
        return OUTCOMES[interpret(lines, words)]


def interpret(lines: list[seccomp.Line], words: list[int]) -> int:
    place, accumulator = 0, 0
    while True:
        code, then, otherwise, operand = lines[place]
        place += 1
        match code:
            case 0x20:  # load a word
                accumulator = words[operand // 4]
            case 0x54:  # and
                accumulator &= operand
            case 0x15:  # jump if equal
                place += then if accumulator == operand else otherwise
            case 0x35:  # jump if at least
                place += then if accumulator >= operand else otherwise
            case 0x06:  # return
                return operand
            case _:
                raise AssertionError(code)


@pytest.fixture(params=MACHINES)
def parser(request: Any) -> Machine:
    return Machine(request.param)


@pytest.fixture(params=MACHINES)
def index(request: Any) -> Machine:
    return Machine(request.param, Profile.INDEX)


def test_every_way_through_a_filter_ends_inside_it() -> None:
    for column, architecture, _ in MACHINES.values():
        for profile in Profile:
            lines = seccomp.program(architecture, system_calls.rules(profile, column, PROCESS))
            assert len(lines) <= 4096  # BPF_MAXINSNS
            for place, (code, then, otherwise, _) in enumerate(lines):
                assert 0 <= then <= 255 >= otherwise >= 0
                if code in (0x15, 0x35):
                    assert place + 1 + max(then, otherwise) < len(lines)
            assert lines[-1] == (0x06, 0, 0, RETURNS[Action.REFUSE])


def test_no_number_stands_for_two_calls() -> None:
    for column in (0, 1):
        numbers = [call[column] for call in system_calls._NUMBERS.values() if call[column] is not None]
        assert len(set(numbers)) == len(numbers)


def test_memory_is_private_and_never_code(parser: Machine) -> None:
    private = 0x22
    assert parser("mmap", 0, 4096, 3, private) is Action.ALLOW
    assert parser("mmap", 0, 4096, 1, 0x02, 5) is Action.ALLOW  # a file that was handed in
    assert parser("mmap", 0, 4096, 0, private | 0x4000 | 0x20000) is Action.ALLOW  # a thread's stack
    for protection, flags in (
        (7, private),
        (4, private),
        (3, 0x21),
        (1, 0x01),
        (3, 0x122),
        (3, 0x40022),
        (3, 0x28),
    ):
        assert parser("mmap", 0, 4096, protection, flags) is Action.REFUSE
    assert parser("mprotect", 0, 4096, 3) is Action.ALLOW
    assert parser("mprotect", 0, 4096, 5) is Action.REFUSE


def test_a_thread_may_begin_and_a_process_may_not(parser: Machine) -> None:
    glibc, musl = 0x3D0F00, 0x7D0F00
    assert parser("clone", glibc) is parser("clone", musl) is Action.ALLOW
    for flags in (17, 0x100 | 17, 0x4100 | 17, glibc | 0x20000, glibc | 0x10000000, 0x10000):
        assert parser("clone", flags) is Action.REFUSE
    assert parser("clone3", 1 << 40, 88) is Action.ABSENT


def test_only_the_process_itself_can_be_signalled(parser: Machine) -> None:
    assert parser("tgkill", PROCESS, PROCESS, 6) is Action.ALLOW
    assert parser("tgkill", PROCESS - 1, PROCESS - 1, 9) is Action.REFUSE


def test_limits_are_read_and_not_set(parser: Machine) -> None:
    assert parser("prlimit64", 0, 7, 0, 1 << 40) is Action.ALLOW
    for new in (1, 1 << 40, 1 << 32):  # an address whose lower half is zero too
        assert parser("prlimit64", 0, 7, new, 0) is Action.REFUSE
    assert parser("prlimit64", 1, 7, 0, 0) is Action.REFUSE


def test_a_descriptor_can_be_asked_about_and_a_terminal_is_none(parser: Machine) -> None:
    assert parser("newfstatat", 5, 0, 0, 0x1000) is Action.ALLOW
    assert parser("newfstatat", 5, 0, 0, 0) is Action.REFUSE
    assert parser("ioctl", 1, 0x5401) is Action.NO_TERMINAL
    assert parser("ioctl", 1, 0x5412) is Action.REFUSE
    assert parser("fcntl", 1, 3) is parser("fcntl", 1, 1030) is Action.ALLOW
    assert parser("fcntl", 1, 4) is Action.REFUSE


def test_other_machines_end_the_process(parser: Machine) -> None:
    assert parser("read", architecture=0x40000003) is Action.KILL  # 32 bits
    assert parser(0x40000000) is Action.KILL  # x32
    assert parser(0xFFFFFFFF) is Action.KILL
    assert parser(0x3FFFFFFF) is Action.REFUSE


def test_a_parser_names_no_file(parser: Machine, index: Machine) -> None:
    for name in system_calls._FILES.split():
        if system_calls._NUMBERS[name][MACHINES[parser.name][0]] is not None:
            assert parser(name) is (Action.ABSENT if name == "statx" else Action.REFUSE)
        if system_calls._NUMBERS[name][MACHINES[index.name][0]] is not None:
            assert index(name) is Action.ALLOW


def test_an_index_is_read_as_memory_and_not_written_so(index: Machine) -> None:
    assert index("mmap", 0, 4096, 1, 0x01, 5) is Action.ALLOW
    assert index("mmap", 0, 4096, 3, 0x22) is Action.ALLOW
    for protection, flags in ((3, 0x01), (5, 0x01), (3, 0x21), (1, 0x101), (7, 0x22)):
        assert index("mmap", 0, 4096, protection, flags) is Action.REFUSE


def test_a_machine_without_a_filter_says_which_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    assert "pdp11" in seccomp.confine(Profile.PARSER)

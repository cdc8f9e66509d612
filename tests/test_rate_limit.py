"""The rate limit of a client: each request waits for its turn, whatever threads, clocks and processes do."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
from clocks import Clock, duration_of, every_clock
from waiting import wait_until

import invoiced
from invoiced import RateLimit
from invoiced.emulator import Emulator

SIZE = 6


class TestTime:
    """A time that passes only when a test advances it, or, with `asleep=None`, as far as the only thread waits."""

    __test__ = False

    def __init__(self, asleep: list[float] | None) -> None:
        self.now, self.waits, self.asleep = 1000.0, list[float](), asleep
        self._changed = threading.Condition()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._changed:
            self.waits.append(round(seconds, 6))
            if self.asleep is None:
                self.now += seconds
                return
            until = self.now + seconds
            if until > self.now:  # not a rounding error
                self.asleep.append(until)
                self._changed.wait_for(lambda: self.now >= until)

    def advance(self, until: float) -> None:
        with self._changed:
            self.now = until
            self.asleep = [each for each in self.asleep or [] if each > until]
            self._changed.notify_all()


def use_time(monkeypatch: pytest.MonkeyPatch, asleep: list[float] | None) -> TestTime:
    fake = TestTime(asleep)
    monkeypatch.setattr("invoiced.rate_limit.time", SimpleNamespace(monotonic=fake.monotonic, sleep=fake.sleep))
    return fake


@pytest.fixture
def passing_time(monkeypatch: pytest.MonkeyPatch) -> TestTime:
    """Return the time of rate limits, which passes at once when a thread waits; `waits` are its waits."""
    return use_time(monkeypatch, None)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        with invoiced.Client("key", base_url=emulator.url) as client:
            for number in range(SIZE):
                client.Customer.create(name=f"Customer {number}")
        emulator.requests.clear()
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("key", base_url=emulator.url) as client:
        yield client


# Turns


def turns_of_threads(time: TestTime, limit: RateLimit, threads: int, turns: int, lateness: float = 0) -> list[Any]:
    """Return the time and the thread of each turn. Threads wake up late: all whose turn comes in `lateness` at once."""
    taken: list[tuple[float, int]] = []

    def take_turns(thread: int) -> None:
        for _ in range(turns):
            assert limit.wait() is True
            taken.append((round(time.now, 6), thread))

    running = [threading.Thread(target=take_turns, args=(thread,), daemon=True) for thread in range(threads)]
    for thread in running:
        thread.start()
    while any(thread.is_alive() for thread in running):
        wait_until(lambda: len(time.asleep or []) == sum(thread.is_alive() for thread in running))
        if time.asleep:
            time.advance(min(time.asleep) + lateness)
    return taken


def test_threads_take_turns_at_even_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = turns_of_threads(use_time(monkeypatch, []), RateLimit(5), threads=4, turns=5)
    assert [when for when, _ in taken] == [round(1000 + turn / 5, 6) for turn in range(20)]
    # The first turn may be that of any thread, and its thread may be quicker than others to wait for the next one.
    order = [thread for _, thread in taken]
    assert order[4:8] == order[8:12] == order[12:16]
    assert {*order[4:8]} == {0, 1, 2, 3}


@pytest.mark.parametrize("lateness", [0.05, 0.3, 60])
def test_no_burst_follows_when_threads_wake_up_late(lateness: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a program that was suspended."""
    taken = turns_of_threads(use_time(monkeypatch, []), RateLimit(5), 4, 5, lateness)
    times = [when for when, _ in taken]
    assert len(times) == 20
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.2 - 1e-6


def test_a_turn_comes_at_once_if_the_last_one_was_long_ago(passing_time: TestTime) -> None:
    limit = RateLimit(5)
    limit.wait()
    passing_time.now += 3600
    for _ in range(3):
        limit.wait()
    assert passing_time.waits == [0.2, 0.2]


def test_a_limit_of_infinity_is_no_limit(passing_time: TestTime) -> None:
    limit = RateLimit(math.inf)
    assert all(limit.wait() for _ in range(100))
    assert passing_time.waits == []


@pytest.mark.parametrize(
    "rate", [0, -1, -math.inf, math.nan, 1e7, 1e-7, 1e-320, 10**400, True, numpy.True_, None, "5", 5j, [5]]
)
def test_what_is_no_positive_number_is_refused(rate: Any, client: invoiced.Client) -> None:
    with pytest.raises(
        ValueError, match=r"^rate must be requests per second from 0\.000001 to 1000000, or math\.inf, not "
    ):
        RateLimit(rate)
    if rate is not None:
        with pytest.raises(ValueError, match="rate must be"):
            client.with_options(rate=rate)


@pytest.mark.parametrize("rate", [5, 0.5, 1e-6, 1e6, math.inf, Fraction(1, 3), numpy.int64(5), numpy.float32(0.5)])
def test_other_numbers_are_accepted(rate: Any) -> None:
    assert RateLimit(rate).rate == float(rate)
    assert repr(RateLimit(5)) == "RateLimit(5)"


# Deadlines


def test_a_turn_that_would_come_after_the_deadline_is_neither_waited_for_nor_taken(passing_time: TestTime) -> None:
    limit = RateLimit(0.1)
    assert limit.wait(passing_time.now + 5) is True
    for _ in range(3):
        assert limit.wait(passing_time.now + 5) is False
    assert passing_time.waits == []
    assert limit.wait(passing_time.now + 11) is True
    assert passing_time.waits == [10]


def test_the_turns_of_other_threads_count_towards_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    time, limit = use_time(monkeypatch, []), RateLimit(1)
    limit.wait()
    others = [threading.Thread(target=limit.wait, daemon=True) for _ in range(2)]
    for number, other in enumerate(others, start=1):
        other.start()
        wait_until(lambda: len(time.asleep or []) == number)  # noqa: B023
    assert limit.wait(time.now + 2.5) is False
    assert limit.wait(time.now + 3) is False
    own = threading.Thread(target=limit.wait, args=(time.now + 3.5,), daemon=True)
    own.start()
    wait_until(lambda: len(time.asleep or []) == 3)
    assert time.waits == [1, 2, 3]
    time.advance(1100)  # the threads are late
    own.join(10)
    assert not own.is_alive()


def test_a_thread_gives_up_if_those_before_it_are_so_late_that_its_deadline_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time, limit, results = use_time(monkeypatch, []), RateLimit(1), list[bool]()
    limit.wait()
    thread = threading.Thread(target=lambda: results.append(limit.wait(1003)), daemon=True)
    thread.start()
    wait_until(lambda: time.asleep)
    time.advance(1004)
    thread.join(10)
    assert results == [False]
    assert limit.wait(1004.5) is True  # its turn is free


# Interruptions and processes


def run(program: str, **options: Any) -> subprocess.Popen[str]:
    source = "import os, threading, time, warnings\nfrom invoiced.rate_limit import RateLimit\n" + textwrap.dedent(
        program
    )
    command = [sys.executable, "-c", source]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires signals of POSIX")
def test_ctrl_c_ends_a_wait_at_once_and_the_turn_is_free() -> None:
    program = """
        sleep = time.sleep
        def sleep_and_say_so(seconds):
            print("waiting", flush=True)
            sleep(seconds)
        time.sleep = sleep_and_say_so

        limit = RateLimit(1 / 3600)
        limit.wait()
        try:
            limit.wait()
        except KeyboardInterrupt:
            print(limit.wait(time.monotonic() + 3000))
            time.sleep = print
            print(limit.wait(time.monotonic() + 3600))
    """
    process = run(program)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    refused, seconds, taken = output.splitlines()
    assert (refused, taken, errors, process.returncode) == ("False", "True", "", 0)
    assert 3000 < float(seconds) < 3600


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
def test_a_forked_process_does_not_wait_for_the_threads_of_its_parent() -> None:
    program = """
        warnings.simplefilter("ignore", DeprecationWarning)  # about forking a process with threads
        limit = RateLimit(2)
        waiting = threading.Semaphore(0)
        sleep = time.sleep
        def sleep_and_say_so(seconds):
            waiting.release()
            sleep(seconds)
        time.sleep = sleep_and_say_so

        limit.wait()
        for _ in range(100):
            threading.Thread(target=limit.wait, daemon=True).start()
            waiting.acquire()
        child = os.fork()
        if child == 0:
            os._exit(limit.wait(time.monotonic() + 5))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), limit.wait(time.monotonic() + 5), flush=True)
        os._exit(0)
    """
    assert run(program).communicate(timeout=60) == ("1 False\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="requires os.fork()")
def test_a_fork_while_other_threads_take_turns_leaves_no_lock_behind() -> None:
    program = """
        warnings.simplefilter("ignore", DeprecationWarning)
        limit = RateLimit(1e6)
        def take_turns():
            while True:
                limit.wait()
        for _ in range(4):
            threading.Thread(target=take_turns, daemon=True).start()
        for _ in range(100):
            child = os.fork()
            if child == 0:
                os._exit(limit.wait())
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
        print("done", flush=True)
        os._exit(0)
    """
    assert run(program).communicate(timeout=60) == ("done\n", "")


# Clocks

EVERY_CLOCK = every_clock(past="1970-01-01")


@EVERY_CLOCK
@pytest.mark.parametrize("threads", [1, 5])
def test_turns_come_at_the_rate_under_any_clock(clock: Clock, threads: int) -> None:
    def take_turns() -> None:
        for _ in range(10 // threads):
            limit.wait()

    with clock():
        limit = RateLimit(50)
        limit.wait()
        assert 0.17 < duration_of(*[take_turns] * threads) < 2


@EVERY_CLOCK
def test_a_clock_that_is_changed_between_two_turns_does_not_prolong_the_wait(clock: Clock) -> None:
    limit = RateLimit(5)
    limit.wait()
    with clock():
        assert duration_of(limit.wait) < 2
    assert duration_of(limit.wait) < 2


@EVERY_CLOCK
def test_pages_are_read_at_the_rate_and_before_the_deadline_under_any_clock(
    clock: Clock, client: invoiced.Client, emulator: Emulator
) -> None:
    limited = client.with_options(rate=20, deadline=20)
    with clock():
        assert 0.08 < duration_of(lambda: list(limited.Customer.all(per_page=2, prefetch=True))) < 5
    assert len(emulator.requests) == 3
    assert limited.Customer.retrieve(1).id == 1


def test_a_clock_that_is_set_back_costs_at_most_one_interval(passing_time: TestTime) -> None:
    limit = RateLimit(5)
    passing_time.now += 10_000
    limit.wait()
    passing_time.now -= 3600
    limit.wait()
    limit.wait()
    assert passing_time.waits == [0.2, 0.2]


# The client


def test_a_client_has_no_limit_by_default(client: invoiced.Client, emulator: Emulator, waits: list[float]) -> None:
    assert client.rate_limit is None
    assert client.with_options(timeout=5).rate_limit is None
    assert len(list(client.Customer.all(per_page=2))) == SIZE
    assert (len(emulator.requests), waits) == (3, [])


def test_a_client_without_a_limit_does_not_load_the_package() -> None:
    program = """if True:
        import sys, invoiced
        client = invoiced.Client("key").with_options(timeout=5)
        assert client.rate_limit is None
        assert "invoiced.rate_limit" not in sys.modules
        client.with_options(rate=5)
        assert "invoiced.rate_limit" in sys.modules
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


@pytest.mark.parametrize("prefetch", [False, True])
def test_each_page_of_a_list_waits_for_its_turn(
    prefetch: bool, client: invoiced.Client, emulator: Emulator, passing_time: TestTime
) -> None:
    limited = client.with_options(rate=5)
    assert len(list(limited.Customer.all(per_page=2, prefetch=prefetch))) == SIZE
    limited.Customer.list(per_page=2)
    limited.request("GET", "customers")
    assert len(emulator.requests) == 5
    assert passing_time.waits == [0.2] * 4


def test_each_retry_waits_for_its_turn(
    client: invoiced.Client, emulator: Emulator, passing_time: TestTime, waits: list[float]
) -> None:
    emulator.fail("GET /customers", status=503, headers={"Retry-After": "0"}, times=2)
    client.with_options(rate=5).Customer.list()
    assert [request.status for request in emulator.requests] == [503, 503, 200]
    assert passing_time.waits == [0.2, 0.2]
    assert waits == [0, 0]


def test_no_request_of_any_thread_leaves_before_its_turn(client: invoiced.Client, emulator: Emulator) -> None:
    limited, arrivals = client.with_options(rate=50), list[float]()

    def send() -> None:
        for _ in range(3):
            limited.Customer.list()
            arrivals.append(os.times().elapsed - began)

    began = os.times().elapsed
    duration_of(*[send] * 4)
    assert len(emulator.requests) == 12
    tick = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.02
    assert all(arrival > number / 50 - tick for number, arrival in enumerate(sorted(arrivals)))


def test_derived_clients_share_the_limit_of_their_client(client: invoiced.Client, passing_time: TestTime) -> None:
    limited = client.with_options(rate=5)
    patient = limited.with_options(timeout=300)
    assert isinstance(limited.rate_limit, RateLimit)
    assert patient.rate_limit is limited.rate_limit
    for each in (limited, patient, limited, patient):
        each.Customer.list()
    invoiced.Customer(patient, 1).refresh()
    assert passing_time.waits == [0.2] * 4
    assert client.rate_limit is None


def test_an_own_limit_is_shared_as_it_is(client: invoiced.Client, passing_time: TestTime) -> None:
    limit = RateLimit(5)
    first, second = client.with_options(rate=limit), client.with_options(rate=limit)
    assert first.rate_limit is second.rate_limit is limit
    first.Customer.list()
    limit.wait()
    second.Customer.list()
    assert passing_time.waits == [0.2, 0.2]


def test_a_derived_client_can_have_another_limit_or_none(client: invoiced.Client, passing_time: TestTime) -> None:
    limited = client.with_options(rate=5)
    assert limited.with_options(rate=5).rate_limit is not limited.rate_limit
    free = limited.with_options(rate=math.inf)
    free.Customer.list()
    free.Customer.list()
    assert passing_time.waits == []


def test_the_limit_of_a_client_cannot_be_set(client: invoiced.Client) -> None:
    with pytest.raises(AttributeError):
        client.rate_limit = RateLimit(5)  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_request_whose_turn_would_come_after_its_deadline_is_not_sent(
    client: invoiced.Client, emulator: Emulator, waits: list[float]
) -> None:
    limited = client.with_options(rate=0.01)
    limited.Customer.list(deadline=50)
    with pytest.raises(invoiced.ApiTimeoutError) as caught:
        limited.Customer.create(name="Acme", deadline=50, idempotency_key="key-001")
    assert str(caught.value) == (
        "POST /customers: no turn before the deadline: rate limit of 0.01 per second. "
        "It never reached the API: nothing was changed."
    )
    assert caught.value.request_sent is False
    assert not caught.value.outcome_unknown
    assert caught.value.idempotency_key == "key-001"
    assert (len(emulator.requests), waits) == (1, [])  # neither sent nor retried


def test_a_retry_whose_turn_would_come_after_the_deadline_leaves_the_outcome_unknown(
    client: invoiced.Client, emulator: Emulator, waits: list[float]
) -> None:
    emulator.fail("PATCH /customers/1", status=503, headers={"Retry-After": "0"}, times=2)
    with pytest.raises(invoiced.ApiTimeoutError, match="It may have been processed") as caught:
        invoiced.Customer(client.with_options(rate=0.01), 1).save(name="Acme", deadline=50)
    assert caught.value.request_sent is None
    assert caught.value.unknown_before
    assert (len(emulator.requests), waits) == (1, [0])


def test_the_wait_for_the_first_turn_does_not_use_up_the_minute_for_retries(
    client: invoiced.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    limited = client.with_options(rate=0.01)
    limited.Customer.list()
    emulator.fail("GET /customers", status=503, headers={"Retry-After": "0"})
    limited.Customer.list()
    assert [request.status for request in emulator.requests] == [200, 503, 200]

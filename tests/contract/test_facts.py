"""The facts hold on an emulator that behaves like the service, and just the expected ones do not hold on others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import KEY

from invoiced.contract.chapters import FACTS
from invoiced.contract.check import Result, check
from invoiced.contract.facts import Fact, NotCheckedError, UnexpectedResponseError
from invoiced.contract.wire import Wire
from invoiced.emulator import Emulator

from .conftest import OpenAccount, records_in

OPPOSITES: dict[str, tuple[dict[str, Any], str]] = {
    "offsets and fresh counts": ({"offset_paging": True}, "E5 E7 E8"),
    "keys ignored": ({"idempotency": False}, "B4 D1 D1b D1c D2 D2b D3"),
    "documented responses": ({"documented_responses": True}, "G16"),
}
"""Emulators that behave otherwise, and the facts that do not hold there."""


def check_all(open_account: OpenAccount, emulator: Emulator, wire: Wire) -> list[Result]:
    facts = [fact for fact in FACTS if not (wire.read_only and fact.writes)]
    with open_account(emulator, wire) as account, account:
        return [*check(facts, account)]


def exceptions(results: list[Result]) -> list[Result]:
    return [result for result in results if result.outcome != "holds"]


def test_all_facts_hold_on_the_emulator(open_account: OpenAccount, emulator: Emulator) -> None:
    assert exceptions(check_all(open_account, emulator, Wire())) == []


@pytest.mark.parametrize(("switches", "expected"), OPPOSITES.values(), ids=OPPOSITES)
def test_on_an_emulator_that_behaves_otherwise_just_the_expected_facts_do_not_hold(
    open_account: OpenAccount, switches: dict[str, Any], expected: str
) -> None:
    with Emulator(api_key=KEY, **switches) as emulator:
        results = exceptions(check_all(open_account, emulator, Wire()))
        assert [result.fact for result in results] == expected.split(), results
        assert {result.outcome for result in results} == {"does not hold"}
        assert records_in(emulator) == []


def test_all_facts_take_at_most_80_requests_with_deletions(open_account: OpenAccount, emulator: Emulator) -> None:
    wire = Wire()
    check_all(open_account, emulator, wire)
    assert wire.sent == len(emulator.requests) < 80


def test_facts_that_do_not_write_only_send_get_requests(open_account: OpenAccount, emulator: Emulator) -> None:
    wire = Wire(read_only=True)
    results = check_all(open_account, emulator, wire)
    assert exceptions(results) == []
    assert len(results) >= 15
    assert {request.method for request in emulator.requests} == {"GET"}
    assert len(emulator.requests) < len(results)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)
def test_every_fact_holds_by_itself(open_account: OpenAccount, emulator: Emulator, fact: Fact) -> None:
    with open_account(emulator, Wire(read_only=not fact.writes)) as account, account:
        assert [result.outcome for result in check([fact], account)] == ["holds"]
    assert records_in(emulator) == []


def test_facts_have_unique_ids_and_one_sentence() -> None:
    assert len({fact.id for fact in FACTS}) == len(FACTS)
    for fact in FACTS:
        assert re.fullmatch(r"[A-H]\d+[a-z]?", fact.id)
        assert re.fullmatch(r".*[^.]\.", fact.sentence)


def test_results_contain_no_data_of_the_account(open_account: OpenAccount, emulator: Emulator, tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    state.write_text('{"counter": "id", "last": 15443000}\n', encoding="utf-8")
    emulator.load(state)
    with open_account(emulator, Wire()) as account, account:
        account.create("customers", {"name": "Secret Ltd", "email": "secret@example.com"})
        text = json.dumps([*check(FACTS, account)])
    data = {KEY, account.token, "Secret", "@", "15443", urlsplit(emulator.url).netloc, emulator.outbox[0]["id"]}
    assert {item for item in data if item in text} == set()


def test_a_fact_that_cannot_be_checked_does_not_stop_the_others(open_account: OpenAccount, emulator: Emulator) -> None:
    def fails_with(error: Exception) -> Fact:
        def fail(_: object) -> Any:
            raise error

        return Fact("X1", "Something holds.", False, fail)

    errors = [NotCheckedError("no request was left"), UnexpectedResponseError("status 418"), KeyError("secret")]
    with open_account(emulator, Wire()) as account:
        results = [*check([*map(fails_with, errors), FACTS[0]], account)]
    assert [(result.outcome, result.seen) for result in results[:3]] == [
        ("not checked", "no request was left"),
        ("does not hold", "status 418"),
        ("not checked", "a response has an unexpected form (KeyError)"),
    ]
    assert results[3].outcome == "holds"


@pytest.mark.parametrize("status", [402, 403, 429, 501, 503])
def test_a_status_that_has_nothing_to_do_with_a_fact_means_not_checked(
    open_account: OpenAccount, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # before the search is retried
    emulator.fail("* /**", status=status, body={"type": "invalid_request", "message": "Secret"}, times=None)
    results = check_all(open_account, emulator, Wire())
    # Authentication comes before simulated faults.
    assert {result.outcome for result in results if result.fact[0] in "CEFGH"} == {"not checked"}
    assert {request.method for request in emulator.requests} >= {"GET", "POST"}
    assert "Secret" not in str(results)

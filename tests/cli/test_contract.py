"""The command `invoiced contract`."""

from __future__ import annotations

import json
import signal

import pytest
import responses
from conftest import KEY
from waiting import PATIENCE, wait_until

import invoiced
from invoiced.contract.chapters import FACTS
from invoiced.emulator import Emulator

from .conftest import Run, Start

READ_ONLY = [fact for fact in FACTS if not fact.writes]


def test_the_table_has_each_fact_with_its_sentence(
    run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = run("contract", "--output", "table")
    assert result.exit_code == 0, result.stdout
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["fact", "outcome", "sentence", "seen"]
    assert [line.split()[:2] for line in lines[1:]] == [[fact.id, "holds"] for fact in FACTS]
    assert all(fact.sentence in result.stdout for fact in FACTS)
    summary = f"invoiced {invoiced.VERSION}, an emulator, {len(emulator.requests)} requests, "
    assert result.stderr == f"{summary}{len(FACTS)} facts: {len(FACTS)} holds\n"


def test_long_sentences_are_wrapped(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = run("contract", "--read-only", "--output", "table").stdout.splitlines()
    assert max(map(len, lines)) <= 60
    assert "…" not in "".join(lines)
    assert len(lines) > len(READ_ONLY) + 1


def test_json_has_one_object_per_fact(run: Run, emulator: Emulator) -> None:
    result = run("contract", "--output", "json")
    facts = json.loads(result.stdout)
    assert [(fact["fact"], fact["outcome"], fact["sentence"]) for fact in facts] == [
        (fact.id, "holds", fact.sentence) for fact in FACTS
    ]
    assert {tuple(fact) for fact in facts} == {("fact", "outcome", "sentence", "seen")}
    assert KEY not in result.output
    assert run("contract", "--output", "json", "--columns", "fact,oops").exit_code == 2


def test_read_only_sends_only_get_requests(run: Run, emulator: Emulator) -> None:
    result = run("contract", "--read-only")
    assert result.exit_code == 0, result.stdout
    assert [json.loads(line)["fact"] for line in result.stdout.splitlines()] == [fact.id for fact in READ_ONLY]
    assert {request.method for request in emulator.requests} == {"GET"}


def test_a_fact_that_does_not_hold_exits_with_1(run: Run, emulator: Emulator) -> None:
    emulator.fail("GET /webhooks/*", status=404, body={"type": "invalid_request", "message": "No webhook 17."})
    result = run("contract", "--read-only")
    assert result.exit_code == 1
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["fact"], last["outcome"], last["seen"]) == (
        "H6", "does not hold", "status 404, type invalid_request",
    )  # fmt: skip
    assert f": {len(READ_ONLY) - 1} holds, 1 does not hold\n" in result.stderr


def test_a_fact_that_cannot_be_checked_exits_with_1(run: Run, emulator: Emulator) -> None:
    emulator.fail("GET /webhooks/*", connection="close")
    result = run("contract", "--read-only")
    assert result.exit_code == 1
    assert "1 not checked\n" in result.stderr


@pytest.mark.parametrize("words", [[], ["--read-only"]])
def test_a_live_account_is_refused_and_nothing_is_sent(
    run: Run, api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", KEY)
    for url in ("", "https://invoiced.example.com"):
        monkeypatch.setenv("INVOICED_BASE_URL", url)
        result = run("contract", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "has live accounts" in result.stderr
        assert result.stderr.endswith("Nothing was sent.\n")
    assert len(api.calls) == 0


def test_a_wrong_key_exits_with_2(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "wrong")
    result = run("contract")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Check the API key" in result.stderr
    assert len(emulator.requests) == 1


def test_what_could_not_be_deleted_is_reported_with_a_way_to_find_it(run: Run, emulator: Emulator) -> None:
    emulator.fail("DELETE /customers/1", status=400, body={"message": "no"}, times=None)
    result = run("contract")
    assert result.exit_code == 1
    assert 'Not deleted: customers/1\nDelete them in the sandbox. Search for "contract ' in result.stderr
    with invoiced.Client() as client:
        (left,) = client.Customer.all()
    assert f'"{left.name}"' in result.stderr
    assert left.name not in result.stdout


def test_ctrl_c_deletes_what_was_made(emulator: Emulator, start: Start, account: invoiced.Client) -> None:
    emulator.fail("PATCH /customers/*", connection="hang")
    process = start("contract")
    wait_until(lambda: emulator.requests.to("PATCH /**"), process)
    assert list(account.Customer.all())
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stdout) == (130, "")
    assert stderr.splitlines()[-2:] == ["All records that were created have been deleted.", "Interrupted."]
    assert list(account.Customer.all()) == []


@pytest.mark.parametrize("times", [1, 3])
def test_customers_whose_creation_got_no_response_are_deleted_or_reported(
    times: int, run: Run, emulator: Emulator, account: invoiced.Client
) -> None:
    emulator.fail("POST /customers", connection="reset", committed=True, times=times)
    result = run("contract")
    assert result.exit_code == 1
    assert list(account.Customer.all()) == [] or "Not deleted" in result.stderr

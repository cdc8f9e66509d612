"""What a contract makes is deleted, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from conftest import KEY

import invoiced
from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.chapters import FACTS
from invoiced.contract.check import check
from invoiced.contract.facts import NotCheckedError
from invoiced.contract.wire import RequestRefusedError, Wire
from invoiced.emulator import Emulator

from .conftest import OpenAccount, records_in


class InterruptingWire(Wire):
    """A wire on which Ctrl-C is pressed when certain requests are sent, counted from 1."""

    def __init__(self, *interrupted: int, method: str, processed: bool = False) -> None:
        super().__init__()
        self._interrupted, self._method, self._processed, self._count = interrupted, method, processed, 0

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        interrupted = False
        if request.method == self._method:
            self._count += 1
            interrupted = self._count in self._interrupted
        if interrupted and not self._processed:
            raise KeyboardInterrupt
        response = super().send(request, *arguments, **options)
        if interrupted:
            response.close()
            raise KeyboardInterrupt
        return response


def test_what_was_made_is_deleted_in_the_opposite_order(open_account: OpenAccount, emulator: Emulator) -> None:
    with open_account(emulator, Wire()) as account, account:
        account.scene(scenes.contact)
        account.create("invoices", {"customer": account.scene(scenes.detailed)["id"], "draft": True})
        assert account.left == ["customers/1", "customers/1/contacts/2", "invoices/3"]
    deletions = [request.path for request in emulator.requests.to("DELETE /**")]
    assert deletions == ["/invoices/3", "/customers/1/contacts/2", "/customers/1"]
    assert account.left == account.uncertain == records_in(emulator) == []


def test_what_was_made_is_deleted_after_an_error(open_account: OpenAccount, emulator: Emulator) -> None:
    with open_account(emulator, Wire()) as account:
        with pytest.raises(ZeroDivisionError):
            create_and_raise(account, ZeroDivisionError)
    assert records_in(emulator) == []
    assert account.left == []


def create_and_raise(account: Account, error: type[BaseException]) -> None:
    with account:
        account.scene(scenes.listed)
        raise error


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
@pytest.mark.parametrize("number", [1, 3, 7])
@pytest.mark.parametrize("processed", [True, False])
def test_what_was_made_is_deleted_after_ctrl_c(
    open_account: OpenAccount, emulator: Emulator, method: str, number: int, processed: bool
) -> None:
    with open_account(emulator, InterruptingWire(number, method=method, processed=processed)) as account:
        with pytest.raises(KeyboardInterrupt), account:
            list(check(FACTS, account))
    assert records_in(emulator) == []
    assert account.left == account.uncertain == []


@pytest.mark.parametrize("processed", [True, False])
def test_ctrl_c_during_the_deletions_does_not_end_them(
    open_account: OpenAccount, emulator: Emulator, processed: bool
) -> None:
    with open_account(emulator, InterruptingWire(2, method="DELETE", processed=processed)) as account:
        with pytest.raises(KeyboardInterrupt), account:
            account.scene(scenes.listed)
    assert records_in(emulator) == []
    assert account.left == []


def test_a_second_ctrl_c_ends_the_deletions_and_what_is_left_is_known(
    open_account: OpenAccount, emulator: Emulator
) -> None:
    with open_account(emulator, InterruptingWire(2, method="DELETE")) as account:
        with pytest.raises(KeyboardInterrupt):
            create_and_raise(account, KeyboardInterrupt)
    assert account.left == ["customers/1", "customers/2", "customers/3"]
    assert len(records_in(emulator)) == 3


def test_a_second_ctrl_c_during_the_deletions_ends_them(open_account: OpenAccount, emulator: Emulator) -> None:
    with open_account(emulator, InterruptingWire(2, 3, method="DELETE")) as account:
        with pytest.raises(KeyboardInterrupt), account:
            account.scene(scenes.listed)
    assert account.left == ["customers/1", "customers/2", "customers/3"]


def lose_the_response(emulator: Emulator) -> None:
    emulator.fail("POST /customers", connection="close", committed=True)


def fail_after_processing(emulator: Emulator) -> None:
    emulator.fail("POST /customers", status=502, body="<html>", committed=True)


@pytest.mark.parametrize("fault", [lose_the_response, fail_after_processing])
def test_a_record_whose_creation_was_not_confirmed_is_found_and_deleted(
    open_account: OpenAccount, emulator: Emulator, fault: Callable[[Emulator], None]
) -> None:
    fault(emulator)
    with open_account(emulator, Wire()) as account:
        with account, pytest.raises(NotCheckedError):
            account.scene(scenes.plain)
    assert [str(request) for request in emulator.requests.to("DELETE /**")] == ["DELETE /customers/1 -> 204"]
    assert account.left == account.uncertain == records_in(emulator) == []


def test_other_records_are_never_deleted(open_account: OpenAccount, emulator: Emulator) -> None:
    with invoiced.Client(KEY, base_url=emulator.url) as client:
        other = client.Customer.create(name="Other", metadata={"contract": "other"})
    lose_the_response(emulator)
    emulator.fail("GET /customers", body=[other.to_dict()])  # as if the filter were ignored
    with open_account(emulator, Wire()) as account:
        with account, pytest.raises(NotCheckedError):
            account.scene(scenes.plain)
    emulator.requests.assert_sent("DELETE /**", times=0)
    assert account.uncertain == ["customers"]


@pytest.mark.parametrize(
    "fault",
    [{"status": 400, "body": {"message": "no"}}, {"status": 503}, {"connection": "close"}, {"body": {}}, {"body": "<"}],
)
def test_a_record_that_cannot_be_searched_is_reported_and_the_others_are_deleted(
    open_account: OpenAccount, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # before retries
    with open_account(emulator, Wire()) as account:
        account.scene(scenes.detailed)
        lose_the_response(emulator)
        emulator.fail("GET /customers", times=None, **fault)
        with account, pytest.raises(NotCheckedError):
            account.scene(scenes.plain)
    assert account.uncertain == ["customers"]
    assert account.left == []


def test_a_deletion_that_is_refused_is_reported_and_the_others_are_made(
    open_account: OpenAccount, emulator: Emulator
) -> None:
    emulator.fail("DELETE /customers/3", status=400, body={"message": "no"}, times=None)
    with open_account(emulator, Wire()) as account, account:
        account.scene(scenes.listed)
    assert account.left == ["customers/3"]


def test_a_deletion_is_retried(open_account: OpenAccount, emulator: Emulator) -> None:
    emulator.fail("DELETE /customers/*", status=503, headers={"Retry-After": "0"})
    with open_account(emulator, Wire()) as account, account:
        account.scene(scenes.listed)
    assert records_in(emulator) == []


def test_no_retry_exceeds_the_limit_of_requests(open_account: OpenAccount, emulator: Emulator) -> None:
    emulator.fail("DELETE /customers/*", status=503, headers={"Retry-After": "0"}, times=None)
    with open_account(emulator, Wire(max_requests=10)) as account, account:
        account.scene(scenes.listed)
    assert len(emulator.requests) == 10
    assert len(account.left) == 4


@pytest.mark.parametrize("max_requests", [*range(1, 20), 40, 60])
def test_requests_for_the_deletions_are_kept_back(
    open_account: OpenAccount, emulator: Emulator, max_requests: int
) -> None:
    with open_account(emulator, Wire(max_requests)) as account, account:
        results = [*check(FACTS, account)]
    assert len(emulator.requests) <= max_requests
    assert records_in(emulator) == []
    assert "no request was left" in {result.seen for result in results if result.outcome == "not checked"}


def test_the_wire_refuses_what_exceeds_its_limit(open_account: OpenAccount, emulator: Emulator) -> None:
    wire = Wire(max_requests=2)
    with wire.session() as session, invoiced.Client(KEY, base_url=emulator.url, session=session) as client:
        client.Customer.list()
        client.Customer.list()
        with pytest.raises(RequestRefusedError, match="more than 2 requests"):
            client.Customer.list()
    assert (wire.sent, len(emulator.requests)) == (2, 2)


def test_a_read_only_wire_refuses_writes(open_account: OpenAccount, emulator: Emulator) -> None:
    wire = Wire(read_only=True)
    with wire.session() as session, invoiced.Client(KEY, base_url=emulator.url, session=session) as client:
        for method in ("POST", "PATCH", "PUT", "DELETE", "HEAD"):
            with pytest.raises(RequestRefusedError, match=f"never sends a {method} request"):
                client.request(method, "customers")
    assert (wire.sent, len(emulator.requests)) == (0, 0)


@pytest.mark.parametrize("url", [None, "https://api.example.com", "https://api.sandbox.invoiced.com.example.com"])
def test_the_wire_refuses_live_accounts(url: str | None) -> None:
    wire = Wire()
    with wire.session() as session, invoiced.Client(KEY, base_url=url, session=session) as client:
        with pytest.raises(RequestRefusedError, match="never sends a request to a live account"):
            Account(client, wire).check_key()
    assert wire.sent == 0


def test_a_missing_key_is_missing_on_the_wire_and_only_there(open_account: OpenAccount, emulator: Emulator) -> None:
    with open_account(emulator, Wire()) as account:
        assert account.get("customers", Authorization=None).status == 401
        assert account.get("customers").status == 200
    first, second = emulator.requests
    assert "Authorization" not in first.headers
    assert "Authorization" in second.headers

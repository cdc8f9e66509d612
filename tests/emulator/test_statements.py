"""Statements by e-mail: the response, recipients, the outbox, blocked addresses, and e-mails that are dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

from .conftest import Api

HEX = re.compile("[0-9a-f]{32}")


def _contact(api: requests.Session, customer: dict[str, Any], **values: object) -> None:
    assert api.post(f"/customers/{customer['id']}/contacts", json=values).status_code == 201


def _send(api: requests.Session, customer: dict[str, Any], **values: object) -> requests.Response:
    return api.post(f"/customers/{customer['id']}/emails", json=values)


def _addresses(emulator: Emulator) -> list[str]:
    return [email["email"] for email in emulator.outbox]


def test_the_response_is_one_e_mail_that_is_neither_sent_nor_stored_yet(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _contact(api, customer, name="Nancy", email="nancy@example.com")
    response = api.post(f"/customers/{customer['id']}/emails")
    assert response.status_code == 201
    (email,) = response.json()
    assert email == {
        **{name: [] for name in ("to", "cc", "bcc", "from")},
        **{name: None for name in ("id", "created_at", "updated_at")},
        "object": "email",
        "date": "now",
        "opens": 0,
        "subject": "Statement from Dunder Mifflin, Inc.",
        "message_id": emulator.outbox[0]["message_id"],
    }
    assert not {"email", "state", "template", "message"} & email.keys()
    assert [sent["message_id"] for sent in emulator.outbox] == [email["message_id"]] * 2


@pytest.fixture
def documented(clock: SimpleNamespace) -> Iterator[Emulator]:
    with Emulator(clock=lambda: clock.now, documented_responses=True) as emulator:
        yield emulator


def test_the_documented_response_has_an_e_mail_per_recipient(documented: Emulator) -> None:
    with Api(documented.url) as api:
        customer = api.post("/customers", json={"name": "Acme", "email": "billing@acmecorp.com"}).json()
        _contact(api, customer, name="Nancy", email="nancy@example.com")
        response = api.post(f"/customers/{customer['id']}/emails")
    assert response.status_code == 201
    to_nancy, to_acme = response.json()
    assert HEX.fullmatch(to_acme["id"])
    assert to_acme == {
        "id": to_acme["id"],
        "object": "email",
        "state": "sent",
        "reject_reason": None,
        "email": "billing@acmecorp.com",
        "template": "statement_email",
        "subject": "Statement from Dunder Mifflin, Inc.",
        "message": "Dear Acme, we have attached your latest account statement. Thank you!",
        "opens": 0,
        "opens_detail": [],
        "clicks": 0,
        "clicks_detail": [],
        "created_at": 1415222128,
        "updated_at": 1415222128,
    }
    assert to_nancy["email"] == "nancy@example.com"
    assert to_acme.items() <= documented.outbox[1].items()


def test_the_outbox_has_what_was_sent(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    period = {"type": "balance_forward", "start": 1409529600, "end": 1412121600, "currency": "eur"}
    response = _send(
        api,
        customer,
        to=[{"name": "Client", "email": "client@example.com"}, {"email": "other@example.com"}],
        bcc="a@example.com, b@example.com",
        subject="Your statement",
        template="my_template",
        **period,
    )
    assert [email["subject"] for email in response.json()] == ["Your statement"]
    client, other = emulator.outbox
    assert (client["email"], other["email"]) == ("client@example.com", "other@example.com")
    assert HEX.fullmatch(client["id"])
    assert client["message"].startswith("Dear Client,")
    assert other["message"].startswith("Dear Acme,")
    expected = {
        "subject": "Your statement",
        "template": "my_template",
        "bcc": ["a@example.com", "b@example.com"],
        "customer": customer["id"],
        "state": "sent",
        **period,
    }
    assert {name: client[name] for name in expected} == expected


def test_a_statement_is_balance_forward_by_default(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _send(api, customer)
    assert emulator.outbox[0]["type"] == "balance_forward"


# Recipients


def test_the_default_recipients_are_primary_contacts_by_name_and_then_the_customer(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _contact(api, customer, name="Zoe", email="zoe@example.com")
    _contact(api, customer, name="Nancy", email="nancy@example.com")
    _contact(api, customer, name="Silent")
    _contact(api, customer, name="Other", email="other@example.com", primary=False)
    _send(api, customer)
    assert _addresses(emulator) == ["nancy@example.com", "zoe@example.com", "billing@acmecorp.com"]


def test_a_contact_with_the_address_of_the_customer_takes_its_place(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _contact(api, customer, name="Twin", email="Billing@AcmeCorp.com")
    _contact(api, customer, name="Zoe", email="zoe@example.com")
    _send(api, customer, to=[])
    assert _addresses(emulator) == ["billing@acmecorp.com", "zoe@example.com"]
    assert emulator.outbox[0]["message"].startswith("Dear Twin,")


def test_without_a_primary_contact_or_own_address_it_is_an_error(api: requests.Session, emulator: Emulator) -> None:
    customer = api.post("/customers", json={"name": "Acme"}).json()
    _contact(api, customer, name="Silent")
    _contact(api, customer, name="Other", email="other@example.com", primary=False)
    response = _send(api, customer)
    assert (response.status_code, response.json()["param"]) == (400, "to")
    assert emulator.outbox == []


def test_a_recipient_can_be_a_text_and_duplicates_are_dropped(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _send(api, customer, to="one@example.com")
    _send(api, customer, to=[{"email": "two@example.com"}, {"name": "Two", "email": "Two@Example.com"}])
    assert _addresses(emulator) == ["one@example.com", "two@example.com"]


def test_an_e_mail_has_at_most_five_recipients(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    six = [{"email": f"{number}@example.com"} for number in range(6)]
    response = _send(api, customer, to=six)
    assert (response.status_code, response.json()["param"]) == (400, "to")
    assert _send(api, customer, to=six[:5]).status_code == 201
    assert len(emulator.outbox) == 5


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    "to",
    [[{}], [{"name": "A"}], [{"email": "nowhere"}], [{"email": "a@b.c"}, {"email": "@"}], "a@b.c,", "a@b.c, d@e.f"],
    ids=str,
)
def test_invalid_recipients_are_refused(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], to: Any
) -> None:
    response = _send(api, customer, to=to)
    assert (response.status_code, response.json()["param"]) == (400, "to")
    assert emulator.outbox == []


def test_the_error_names_the_invalid_recipient(api: requests.Session, customer: dict[str, Any]) -> None:
    response = _send(api, customer, to=[{"email": "a@b.c"}, {"email": "zzz"}])
    assert response.json()["message"] == "to[1][email]: 'zzz' is not an e-mail address."


def test_recipients_can_be_sent_in_a_form(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    form = {"to[0][name]": "Client", "to[0][email]": "client@example.com"}
    assert api.post(f"/customers/{customer['id']}/emails", data=form).status_code == 201
    assert _addresses(emulator) == ["client@example.com"]


def test_invalid_blind_copies_are_dropped_and_those_after_the_fifth(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    copies = [f"{number}@example.com" for number in range(6)]
    _send(api, customer, bcc=", ".join(["nowhere", *copies]))
    assert emulator.outbox[0]["bcc"] == copies[:5]


def test_blocked_addresses_are_dropped(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    _contact(api, customer, name="Nancy", email="nancy@example.com")
    emulator.block("Nancy@Example.com")
    assert _send(api, customer).status_code == 201
    assert _addresses(emulator) == ["billing@acmecorp.com"]


def test_a_statement_to_blocked_addresses_only_is_an_error(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    for _ in range(2):
        blocked = api.post("/_emulator/blocked", json={"email": "billing@acmecorp.com"})
        assert (blocked.status_code, blocked.content) == (204, b"")
    response = _send(api, customer)
    assert (response.status_code, emulator.outbox) == (400, [])
    assert "billing@acmecorp.com" in response.json()["message"]


def test_a_blocked_address_is_part_of_a_snapshot(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], tmp_path: Any
) -> None:
    emulator.block("billing@acmecorp.com")
    emulator.snapshot(tmp_path / "snapshot")
    emulator.reset()
    emulator.load(tmp_path / "snapshot")
    assert _send(api, customer).status_code == 400


# Parameters


def test_an_unknown_type_is_500(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    assert _send(api, customer, type="everything").status_code == 500
    assert emulator.outbox == []


def test_an_unknown_template_is_not_refused(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    assert _send(api, customer, template="of another account").status_code == 201
    assert emulator.outbox[0]["template"] == "of another account"


def test_a_statement_for_an_unknown_customer_is_404(api: requests.Session) -> None:
    assert api.post("/customers/9/emails").status_code == 404


# E-mails that are dropped


def test_a_second_e_mail_to_the_same_address_within_5_minutes_is_dropped_without_an_error(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    _send(api, customer, type="balance_forward")
    clock.now += 299
    second = _send(api, customer, type="open_item", subject="Another", currency="eur", start=1)
    assert (second.status_code, [email["subject"] for email in second.json()]) == (201, ["Another"])
    assert [email["type"] for email in emulator.outbox] == ["balance_forward"]
    clock.now += 1  # The dropped one does not count.
    _send(api, customer, type="open_item")
    assert [email["type"] for email in emulator.outbox] == ["balance_forward", "open_item"]


def test_an_e_mail_is_dropped_for_all_its_recipients(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _send(api, customer, to="nancy@example.com")
    _send(api, customer, to=[{"email": "Nancy@example.com"}, {"email": "zoe@example.com"}])
    assert _addresses(emulator) == ["nancy@example.com"]
    _send(api, customer, to="zoe@example.com")
    assert _addresses(emulator) == ["nancy@example.com", "zoe@example.com"]


def test_another_template_or_customer_is_not_dropped(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    other = api.post("/customers", json={"name": "Other", "email": customer["email"]}).json()
    _send(api, customer)
    _send(api, customer, template="another")
    _send(api, other)
    assert len(emulator.outbox) == 3


def test_an_empty_outbox_does_not_change_what_is_dropped(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _send(api, customer)
    api.delete("/_emulator/outbox")
    _send(api, customer)
    assert emulator.outbox == []


def test_no_e_mail_is_dropped_with_documented_responses(documented: Emulator) -> None:
    with Api(documented.url) as api:
        customer = api.post("/customers", json={"name": "Acme", "email": "billing@acmecorp.com"}).json()
        for _ in range(2):
            _send(api, customer)
    assert len(documented.outbox) == 2


# The outbox


def test_the_outbox_can_be_read_and_cleared_over_http_without_a_key(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    _send(api, customer, subject="first")
    clock.now += 300
    _send(api, customer, subject="second")
    api.auth = lambda request: request
    outbox = api.get("/_emulator/outbox").json()
    assert [(email["subject"], email["created_at"]) for email in outbox] == [
        ("first", clock.now - 300),
        ("second", clock.now),
    ]
    assert {"id", "email", "customer", "subject", "message", "created_at"} <= outbox[0].keys()
    assert api.delete("/_emulator/outbox").status_code == 204
    assert api.get("/_emulator/outbox").json() == []


def test_the_outbox_keeps_e_mails_to_a_deleted_customer(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _send(api, customer)
    api.delete(f"/customers/{customer['id']}")
    assert [email["customer"] for email in emulator.outbox] == [customer["id"]]


def test_the_outbox_attribute_is_a_copy(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    _send(api, customer)
    emulator.outbox.clear()
    emulator.outbox[0]["bcc"].append("x")
    assert emulator.outbox[0]["bcc"] == []

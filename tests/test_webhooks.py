"""Webhooks: which bodies and signatures are accepted, and the events and records that they become."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import responses
from evidence import texts_of
from fuzzing import fuzz, json_objects, json_texts
from hypothesis import strategies as st

import invoiced
from invoiced import webhooks

SECRET = "whsec_marker_71d0c4e9"
SAMPLE = Path(__file__).parents[1] / "description" / "examples" / "events" / "object.json"
CUSTOMER = {"id": 15444, "object": "customer", "name": "Acme", "credit_limit": 0.1}
EVENT: dict[str, Any] = {
    "id": 7,
    "type": "customer.updated",
    "timestamp": 1606806943,
    "data": {"object": CUSTOMER, "previous": {"name": "Acne"}},
}


def encode(event: object) -> bytes:
    return json.dumps(event).encode()


BODY = encode(EVENT)


def signed(body: bytes, secret: str = SECRET) -> str:
    """Sign a body as the service does, without the library."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verified(event: object, **options: Any) -> invoiced.Event:
    body = encode(event)
    return webhooks.verify(body, signed(body), SECRET, **options)


# Signatures


def test_the_signature_is_the_hex_hmac_sha256_of_the_body() -> None:
    # Test case 2 of RFC 4231.
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert webhooks.sign(b"what do ya want for nothing?", "Jefe") == digest


@pytest.mark.parametrize("body", [BODY, b"", b"\xff\x00", "Zoë".encode()])
@pytest.mark.parametrize("secret", ["s", SECRET, "clé"])
def test_sign_signs_any_body_as_the_service_does(body: bytes, secret: str) -> None:
    assert webhooks.sign(body, secret) == signed(body, secret)


def test_a_correct_signature_returns_the_event() -> None:
    event = webhooks.verify(BODY, signed(BODY), SECRET)
    assert isinstance(event, invoiced.Event)
    assert event == EVENT


GOOD = signed(BODY)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        GOOD[:-1],
        GOOD + "0",
        GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"),
        GOOD.upper(),
        f"sha256={GOOD}",
        f" {GOOD}",
        f"{GOOD}\n",
        hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest(),
        hmac.new(SECRET.encode(), BODY, hashlib.sha512).hexdigest(),
        hashlib.sha256(BODY).hexdigest(),
        signed(BODY, "another secret"),
        signed(BODY + b" "),
        "é" * 64,
        "\udcff" * 64,
        "\0",
    ],
)
def test_any_other_signature_is_refused(signature: str) -> None:
    with pytest.raises(webhooks.SignatureError, match="The signature is wrong"):
        webhooks.verify(BODY, signature, SECRET)


@pytest.mark.parametrize("body", [BODY + b"\n", encode({**EVENT, "id": 8}), json.dumps(EVENT, indent=2).encode(), b""])
def test_a_changed_or_reformatted_body_is_refused(body: bytes) -> None:
    with pytest.raises(webhooks.SignatureError, match="raw bytes"):
        webhooks.verify(body, signed(BODY), SECRET)


def test_a_request_without_a_signature_is_refused() -> None:
    with pytest.raises(webhooks.SignatureError, match="no header X-Invoiced-Signature"):
        webhooks.verify(BODY, None, SECRET)


@pytest.mark.parametrize("signature", ["", GOOD[:-1], GOOD + "0", "é", GOOD])
def test_signatures_of_any_length_are_compared_in_constant_time(signature: str) -> None:
    with mock.patch("hmac.compare_digest", wraps=hmac.compare_digest) as compare:
        try:
            webhooks.verify(BODY, signature, SECRET)
        except webhooks.SignatureError:
            assert signature != GOOD
    compare.assert_called_once_with(signature.encode(), GOOD.encode())


def test_a_signature_error_is_an_error_of_a_value_and_not_of_a_request() -> None:
    assert issubclass(webhooks.SignatureError, ValueError)
    assert not issubclass(webhooks.SignatureError, invoiced.InvoicedError)


# Bodies


def test_a_body_may_have_the_maximum_size_and_a_larger_one_is_refused_before_it_is_hashed() -> None:
    largest = BODY.ljust(webhooks.MAX_BODY)
    assert webhooks.verify(largest, signed(largest), SECRET) == EVENT
    with mock.patch("hmac.digest") as digest, pytest.raises(webhooks.SignatureError, match="at most 10485760 "):
        webhooks.verify(largest + b" ", GOOD, SECRET)
    digest.assert_not_called()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        BODY + BODY,
        BODY.decode().encode("utf-16"),
        BODY.decode().encode("utf-8-sig"),
        gzip.compress(BODY),
        BODY.replace(b"0.1", b"NaN"),
        BODY.replace(b"0.1", b"-Infinity"),
        BODY.replace(b"0.1", b"9" * 5000),
        b"[" * 100_000,
    ],
)
def test_a_signed_body_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(webhooks.SignatureError, match="is signed, but is not valid JSON") as raised:
        webhooks.verify(body, signed(body), SECRET)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        "event",
        [EVENT],
        {},
        CUSTOMER,
        {**EVENT, "id": None},
        {**EVENT, "type": None},
        {**EVENT, "type": ["customer.updated"]},
    ],
)
def test_a_signed_body_that_is_not_an_event_is_refused(body: object) -> None:
    with pytest.raises(webhooks.SignatureError, match="is not an event"):
        verified(body)


# Arguments


@pytest.mark.parametrize("body", [BODY.decode(), EVENT, None, bytearray(BODY), memoryview(BODY)])
def test_a_body_that_is_not_bytes_is_a_mistake_of_the_program(body: Any) -> None:
    for call in (lambda: webhooks.verify(body, GOOD, SECRET), lambda: webhooks.sign(body, SECRET)):
        with pytest.raises(TypeError, match=f"^body must be bytes, not {type(body).__name__}: pass the raw body"):
            call()


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_an_empty_secret_is_refused_even_if_the_body_is_signed_with_it(secret: str) -> None:
    for call in (lambda: webhooks.verify(BODY, signed(BODY, secret), secret), lambda: webhooks.sign(BODY, secret)):
        with pytest.raises(ValueError, match="The secret is empty") as raised:
            call()
        assert not isinstance(raised.value, webhooks.SignatureError)


@pytest.mark.parametrize("secret", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}\0", f"{SECRET}\udcff"])
def test_a_secret_that_cannot_be_one_is_a_mistake_of_the_program(secret: str) -> None:
    for call in (lambda: webhooks.verify(BODY, GOOD, secret), lambda: webhooks.sign(BODY, secret)):
        with pytest.raises(ValueError, match="Invalid secret") as raised:
            call()
        assert not isinstance(raised.value, webhooks.SignatureError)


@pytest.mark.parametrize(
    ("signature", "secret", "problem"),
    [
        (GOOD.encode(), SECRET, "signature must be a str, not bytes"),
        (GOOD, SECRET.encode(), "secret must be a str, not bytes"),
        (GOOD, None, "secret must be a str, not NoneType"),
    ],
)
def test_signatures_and_secrets_are_strings(signature: Any, secret: Any, problem: str) -> None:
    with pytest.raises(TypeError, match=problem):
        webhooks.verify(BODY, signature, secret)


def attempt(body: Any, signature: Any, suffix: Any) -> Exception:
    # The secret is not a variable of this frame, which is part of the traceback.
    try:
        webhooks.verify(body, signature, SECRET + suffix)
    except Exception as error:
        return error
    raise AssertionError("the webhook was accepted")


@pytest.mark.parametrize(
    ("body", "signature", "suffix"),
    [
        (BODY, "wrong", ""),
        (BODY, None, ""),
        (BODY, b"bytes", ""),
        (BODY.decode(), GOOD, ""),
        (b"{", signed(b"{"), ""),
        (b"7", signed(b"7"), ""),
        (BODY, GOOD, "\n"),
        (BODY, GOOD, "\udcff"),
    ],
)
def test_an_error_shows_neither_the_secret_nor_the_correct_signature(body: Any, signature: Any, suffix: str) -> None:
    error = attempt(body, signature, suffix)
    assert not [text for text in texts_of(error) if SECRET in text]
    if signature != GOOD:
        assert GOOD not in str(error) + repr(error)


# Events and their records


@pytest.mark.parametrize(
    ("type_", "record_class"),
    [
        ("customer", invoiced.Customer),
        ("contact", invoiced.Contact),
        ("invoice", invoiced.Invoice),
        ("credit_note", invoiced.CreditNote),
        ("estimate", invoiced.Estimate),
        ("payment", invoiced.Payment),
        ("subscription", invoiced.Subscription),
        ("card", invoiced.Card),
        ("note", invoiced.Note),
    ],
)
def test_the_object_of_an_event_is_a_record_of_its_class(type_: str, record_class: type[invoiced.Object]) -> None:
    event = verified({"id": 7, "type": f"{type_}.created", "data": {"object": {"id": 5, "object": type_}}})
    assert type(event.data.object) is record_class
    assert event.data.object is event["data"]["object"]
    assert event.data.object.id == 5


def test_the_event_of_the_api_reference_becomes_an_invoice_with_its_customer_and_lines() -> None:
    body = SAMPLE.read_bytes()
    event = webhooks.verify(body, signed(body), SECRET)
    invoice = event.data.object
    assert (event.type, type(invoice), invoice.number) == ("invoice.paid", invoiced.Invoice, "INV-0016")
    assert (type(invoice.customer), type(invoice.customer.payment_source)) == (invoiced.Customer, invoiced.Card)
    assert {type(line) for line in invoice["items"]} == {invoiced.LineItem}
    assert event.to_dict() == json.loads(body)


def test_the_earlier_values_of_an_update_are_in_its_data() -> None:
    assert verified(EVENT).data.previous == {"name": "Acne"}
    created = verified({**EVENT, "data": {"object": CUSTOMER}})
    assert created.data.get("previous") is None


@pytest.mark.parametrize("object_", [{"id": 5, "object": "payout"}, {"id": 5}, {"object": ["customer"]}, None, [1]])
def test_an_event_or_an_object_of_an_unknown_type_is_kept_as_it_is(object_: object) -> None:
    event = verified({"id": 7, "type": "payout.failed", "data": {"object": object_}, "new": [1]})
    assert (event.type, event["new"]) == ("payout.failed", [1])
    assert event.data.object == object_
    assert not isinstance(event.data.object, invoiced.Object)


def test_an_event_without_data_is_kept_as_it_is() -> None:
    assert "data" not in verified({"id": 7, "type": "import.finished"})
    assert verified({"id": 7, "type": "import.finished", "data": None}).data is None


def test_a_record_without_a_client_can_be_read_and_says_how_to_send_requests() -> None:
    customer = verified(EVENT).data.object
    assert customer.name == "Acme"
    for call in (customer.refresh, customer.balance, lambda: customer.save(name="Globex")):
        with pytest.raises(RuntimeError, match=r"from a webhook.*Use invoiced\.Customer\(client, 15444, parent=\(\)\)"):
            call()


def test_with_a_client_records_send_requests_and_amounts_are_parsed_by_it(api: responses.RequestsMock) -> None:
    api.get("https://api.invoiced.com/customers/15444", json={**CUSTOMER, "name": "Globex"})
    with invoiced.Client("any key", parse_float=Decimal) as client:
        customer = verified(EVENT, client=client).data.object
        assert customer.credit_limit == Decimal("0.1")
        customer.refresh()
    assert customer.name == "Globex"


def test_a_number_that_the_client_cannot_parse_is_refused() -> None:
    body = BODY.replace(b"0.1", b"1e" + b"9" * 30)
    with invoiced.Client("any key", parse_float=Decimal) as client:
        with pytest.raises(webhooks.SignatureError, match="not valid JSON"):
            webhooks.verify(body, signed(body), SECRET, client=client)


# Any input


@fuzz(200, body=st.binary(max_size=200), signature=st.one_of(st.text(), st.text("0123456789abcdef", max_size=70)))
def test_no_body_is_accepted_without_its_signature(body: bytes, signature: str) -> None:
    if signature != signed(body):
        with pytest.raises(webhooks.SignatureError):
            webhooks.verify(body, signature, SECRET)


@fuzz(200, body=st.binary(max_size=200), secret=st.text(min_size=1))
def test_any_secret_either_signs_as_the_service_does_or_is_refused(body: bytes, secret: str) -> None:
    if secret == secret.strip() and secret.isprintable():
        assert webhooks.sign(body, secret) == signed(body, secret)
    else:
        with pytest.raises(ValueError, match="secret"):
            webhooks.sign(body, secret)


@fuzz(200, position=st.integers(0, 8 * len(BODY) - 1))
def test_a_body_with_one_changed_bit_is_refused(position: int) -> None:
    changed = bytearray(BODY)
    changed[position // 8] ^= 1 << position % 8
    with pytest.raises(webhooks.SignatureError, match="The signature is wrong"):
        webhooks.verify(bytes(changed), GOOD, SECRET)


@fuzz(200, text=st.one_of(json_texts, json_objects(json_texts)), is_event=st.booleans())
def test_any_signed_json_is_an_event_that_can_be_read_and_displayed_or_is_refused(text: str, is_event: bool) -> None:
    body = f'{{"id": 7, "type": "t", "data": {text}}}'.encode() if is_event else text.encode()
    try:
        event = webhooks.verify(body, signed(body), SECRET)
    except webhooks.SignatureError:
        return
    assert json.dumps(event.to_dict()) == json.dumps(json.loads(body))
    assert repr(event).startswith("<Event id=")
    assert [event[name] for name in event] == [*event.to_dict().values()]


# The module


def test_webhooks_are_not_imported_with_the_library_and_need_no_requests() -> None:
    program = """if True:
        import sys, invoiced
        assert not {"invoiced.webhooks", "hmac"} & {*sys.modules}
        import invoiced.webhooks
        invoiced.webhooks.sign(b"body", "secret")
        assert not {"requests", "urllib3"} & {*sys.modules}
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)

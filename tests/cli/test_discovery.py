"""Commands for collections that are added to the client later."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import responses
from conftest import KEY
from typing_extensions import NotRequired, Required, Self, TypedDict, Unpack

import invoiced
from invoiced.cli.discovery import find_collections, kebab
from invoiced.resources.verbs import Deletable, Listable, Retrievable, Updatable
from invoiced.values import Amount, Timestamp

from .conftest import Run


class Line(TypedDict, total=False):
    name: Required[str]
    unit_cost: Amount


class DisputeParams(TypedDict):
    customer: int
    date: NotRequired[Timestamp | None]
    items: NotRequired[list[Line]]
    output: NotRequired[str]


class Remark(Updatable):
    _path = "remarks"
    _type = "fake_remark"

    id: int
    text: str


class Remarks(Listable[Remark]):
    """A collection without retrieve()."""

    _object = Remark


class Dispute(Updatable, Deletable):
    _path = "disputes"
    _type = "fake_dispute"

    id: int
    total: Any
    metadata: dict[str, Any]

    def void(
        self, *, idempotency_key: str | UUID | None = None, timeout: Any = None, deadline: float | None = None
    ) -> Self:
        """Void the note (section "Void a dispute").

        Forever.
        """
        self._replace("POST", (), {"params": {}, "idempotency_key": idempotency_key})
        return self

    def remarks(self) -> Remarks:
        """Return the remarks of the dispute."""
        return Remarks(self._connection(), parent=self._address())

    def contacts(self) -> invoiced.Contacts:
        """Return the contacts of the dispute."""
        return invoiced.Contacts(self._connection(), parent=self._address())


class Disputes(Retrievable[Dispute], Listable[Dispute]):
    _object = Dispute

    def create(
        self, *, idempotency_key: str | UUID | None = None, timeout: Any = None, **params: Unpack[DisputeParams]
    ) -> Dispute:
        """Create a dispute."""
        return self._create({**params, "idempotency_key": idempotency_key})


class LaterClient(invoiced.Client):
    Dispute: Disputes

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.Dispute = Disputes(self)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoiced, "Client", LaterClient)
    monkeypatch.setenv("INVOICED_API_KEY", KEY)


def test_a_new_collection_is_found_with_its_nested_collections() -> None:
    known = {info.name for info in find_collections(LaterClient.__mro__[1])}
    found = {info.name: info.record.__name__ for info in find_collections(LaterClient) if info.name not in known}
    assert found == {
        "disputes": "Dispute",
        "remarks": "Remark",
        "customer-contacts": "Contact",
        "dispute-contacts": "Contact",
    }
    assert "contacts" in known


def test_its_commands_are_its_methods(run: Run) -> None:
    assert "disputes" in run("--help").stdout
    listed = run("disputes", "--help").stdout.partition("Commands:")[2]
    assert [line.split()[0] for line in listed.split("\n\n")[0].splitlines() if line] == [
        "create", "delete", "get", "list", "void"
    ]  # fmt: skip
    remarks = run("remarks", "--help").stdout.partition("Commands:")[2]
    assert [line.split()[0] for line in remarks.splitlines() if line] == ["list"]


def test_its_parameters_become_options(run: Run, api: responses.RequestsMock) -> None:
    api.post("https://api.invoiced.com/disputes", json={"id": 1, "total": 1.10})
    items = '[{"name": "Paper", "unit_cost": 1.10}]'
    options = ["--customer", 5, "--date", "2026-11-01T01:00:00+01:00", "--items", items, "--output-field", "pdf"]
    result = run("disputes", "create", *options)
    assert (result.exit_code, result.stdout) == (0, '{"id": 1, "total": 1.1}\n'), result.stderr
    assert json.loads(api.calls[0].request.body or "") == {
        "customer": 5, "date": 1793491200, "items": [{"name": "Paper", "unit_cost": 1.10}], "output": "pdf"
    }  # fmt: skip
    assert "Missing option '--customer'" in run("disputes", "create").stderr
    help = " ".join(run("disputes", "create", "--help").stdout.split())
    assert "--customer NUMBER Customer. [required]" in help  # without a docstring, the name is shown
    assert "--output-field TEXT Output." in help  # the same name as a common option


def test_its_write_methods_need_confirmation_on_a_live_account(run: Run, api: responses.RequestsMock) -> None:
    result = run("disputes", "void", 1)
    assert result.exit_code == 2
    assert "Void for 1 dispute at api.invoiced.com?" in result.stderr
    api.post("https://api.invoiced.com/disputes/1", json={"id": 1})
    assert run("disputes", "void", 1, "--yes").stdout == '{"id": 1}\n'
    help = run("disputes", "void", "--help").stdout
    assert "Void the note.\n" in help
    assert "Forever" not in help
    assert "Example: invoiced disputes void 15444\n" in help


@pytest.mark.parametrize(
    ("name", "expected"), [("Disputes", "disputes"), ("payment_terms", "payment-terms"), ("address1", "address1")]
)
def test_names_are_converted_to_kebab_case(name: str, expected: str) -> None:
    assert kebab(name) == expected


def test_a_collection_without_a_record_class_is_an_error() -> None:
    class Bare(invoiced.Collection):  # type: ignore[type-arg]
        pass

    class BareClient(invoiced.Client):
        pass

    BareClient.__annotations__ = {"Bare": Bare}
    find: Callable[..., Any] = find_collections
    with pytest.raises(TypeError, match="Bare does not name the class of its records"):
        find(BareClient)

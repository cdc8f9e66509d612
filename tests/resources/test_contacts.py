"""Requests sent by the methods of contacts."""

from __future__ import annotations

import json

import pytest
import responses

import invoiced

URL = "https://api.invoiced.com/customers/15444/contacts"
CONTACT = {"id": 10403, "object": "contact", "name": "Nancy Talty"}


@pytest.fixture
def contacts(client: invoiced.Client) -> invoiced.Contacts:
    return invoiced.Customer(client, 15444).contacts()


def test_create_sends_the_fields(contacts: invoiced.Contacts, api: responses.RequestsMock) -> None:
    api.post(URL, status=201, json=CONTACT)
    contact = contacts.create(name="Nancy Talty", primary=True)
    assert isinstance(contact, invoiced.Contact)
    assert json.loads(api.calls[0].request.body or "") == {"name": "Nancy Talty", "primary": True}


def test_refresh_save_and_delete_use_the_path_of_the_customer(
    contacts: invoiced.Contacts, api: responses.RequestsMock
) -> None:
    api.get(f"{URL}/10403", json=CONTACT)
    api.get(URL, json=[CONTACT])
    records = [
        contacts.retrieve(10403),
        contacts.list(sort="name asc")[0][0],
        *contacts.all(),
        contacts.find(email="nancy.talty@example.com"),
        invoiced.Contact(contacts._client, 10403, parent=("customers", 15444)),
    ]
    api.patch(f"{URL}/10403", json=CONTACT)
    api.delete(f"{URL}/10403", status=204)
    for contact in records:
        contact.refresh()
        assert contact.save(city="Oklahoma City") is True
        contact.delete()


def test_contact_requires_the_parent_argument(client: invoiced.Client) -> None:
    with pytest.raises(TypeError, match="parent"):
        invoiced.Contact(client, 10403)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_find_and_list_send_filters(contacts: invoiced.Contacts, api: responses.RequestsMock) -> None:
    api.get(URL, json=[CONTACT])
    contacts.find(email="nancy.talty@example.com", primary=True)
    contacts.list(filter={"primary": False}, per_page=3)
    assert [str(call.request.url) for call in api.calls] == [
        f"{URL}?filter%5Bemail%5D=nancy.talty%40example.com&filter%5Bprimary%5D=1",
        f"{URL}?filter%5Bprimary%5D=0&per_page=3",
    ]

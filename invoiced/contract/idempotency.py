"""The header Idempotency-Key."""

from __future__ import annotations

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, fact, refused


@fact("D1", writes=False)
def key_of_a_get(account: Account) -> Finding:
    """A GET request with an idempotency key is refused."""
    received = account.get("customers", {"per_page": 1}, Idempotency_Key=f"contract-{account.token}")
    return Finding(received.status == 400, str(received))


@fact("D1b")
def key_of_a_delete(account: Account) -> Finding:
    """A DELETE request with an idempotency key is refused, and nothing is deleted."""
    path = f"contacts/{account.scene(scenes.contact)['id']}"
    path = f"customers/{account.scene(scenes.detailed)['id']}/{path}"
    received = account.send("DELETE", path, headers={"Idempotency-Key": f"contract-{account.token}"})
    if received.status != 400:
        return Finding(False, str(received))
    after = account.get(path)
    return Finding(after.status == 200, f"{received}; then {after}")


@fact("D1c")
def short_key(account: Account) -> Finding:
    """An idempotency key of fewer than 6 characters is refused."""
    fields = {"name": account.marker, "metadata": {"contract": account.token}}
    received = account.send("POST", "customers", fields, headers={"Idempotency-Key": "short"})
    return Finding(received.status == 400, str(received))


@fact("D2")
def replayed_success(account: Account) -> Finding:
    """A request with the same idempotency key returns the first response."""
    first = account.scene(scenes.plain)
    fields = {"name": account.marker, "metadata": {"contract": account.token}}
    received = account.send("POST", "customers", fields, key=scenes.first_key(account))
    same = received.status == 201 and received.body["id"] == first["id"]
    return Finding(same, f"{received}, {'the same' if same else 'another'} record")


@fact("D2b")
def replayed_error(account: Account) -> Finding:
    """An error is replayed, too, although the body is valid now."""
    account.scene(scenes.refused_creation)
    fields = {"name": account.marker, "metadata": {"contract": account.token}}
    return refused(account.send("POST", "customers", fields, key=scenes.second_key(account)), param="name")


@fact("D3")
def key_of_another_path(account: Account) -> Finding:
    """An idempotency key holds for all paths: a contact with the key of a customer returns the customer."""
    customer = account.scene(scenes.plain)
    path = f"customers/{account.scene(scenes.detailed)['id']}/contacts"
    received = account.send("POST", path, {"name": account.marker}, key=scenes.first_key(account))
    same = received.status == 201 and received.body.get("id") == customer["id"]
    return Finding(same, f"{received}, {'the customer' if same else 'another record'}")

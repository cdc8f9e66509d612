"""Odd values of each field of each body: they are refused or stored, and responses always fit their schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from bodies import TESTED_ELSEWHERE, smallest_body
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from invoiced.emulator import Emulator
from invoiced.emulator.description import DOCUMENT, OPERATIONS, Operation, resolved

CALLS = {operation.name: operation for operation in OPERATIONS if operation.is_implemented}
# Subscriptions need a plan: test_subscriptions.py creates them.
ELSEWHERE = TESTED_ELSEWHERE | {"Subscription.create"}
CREATES = [each for each in CALLS.values() if each.action == "create" and each.name not in ELSEWHERE]
ODD: list[Any] = [None, "", [None], {}, -1, 2**70, "x", [{"id": 1}], [{"quantity": None, "unit_cost": None}]]


@pytest.fixture
def api(emulator: Emulator) -> Iterator[requests.Session]:
    """Yield a session that calls the emulator in process."""
    with requests.Session() as session:
        session.auth = ("key", "")
        session.mount("http://emulator", emulator.adapter())
        yield session


@pytest.mark.parametrize("create", CREATES, ids=lambda operation: operation.name)
def test_an_odd_value_never_makes_the_emulator_fail(api: requests.Session, create: Operation) -> None:
    api.post("http://emulator/customers", json={"name": "Acme"})
    path = f"http://emulator{create.path.replace('{customer_id}', '1')}"
    schema = {"$ref": f"#/components/schemas/{create.resource}", "components": DOCUMENT["components"]}
    validator = Draft202012Validator(schema)

    def check(response: requests.Response) -> None:
        assert response.status_code in (200, 201, 400, 404, 501), response.text
        if response.status_code < 300:
            validator.validate(response.json())

    body = smallest_body(create)
    location = f"{path}/{api.post(path, json=body).json()[create.id_field]}"
    for name in resolved(create.body).get("properties", {}):
        for value in ODD:
            check(api.post(path, json={**body, name: value}))
    save = CALLS.get(create.name.replace(".create", ".save"))
    for name in resolved(save.body).get("properties", {}) if save else ():
        for value in ODD:
            check(api.patch(location, json={name: value}))

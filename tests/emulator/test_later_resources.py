"""Further resources, which are emulated if their operations are marked with `x-seed` in a copy of the package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

PACKAGE = Path(__file__).parents[2] / "invoiced"
RESOURCES = ("Item", "Plan", "TaxRate", "GlAccount", "Task")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an emulator of the further resources, and yield its URL."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / "invoiced", ignore=shutil.ignore_patterns("__pycache__"))
    copy = folder / "invoiced" / "emulator" / "openapi.json"
    document = json.loads(copy.read_text("utf-8"))
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and operation["tags"][0] in RESOURCES:
                operation["x-seed"] = True
    copy.write_text(json.dumps(document), "utf-8")
    command = [sys.executable, "-m", "invoiced.emulator", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[6]
        process.terminate()


@pytest.mark.parametrize(
    ("path", "parameters", "record_id", "change"),
    [
        ("/items", {"id": "ipad", "name": "iPad", "unit_cost": 10, "taxes": [{"id": "vat"}]}, "ipad", {"name": "New"}),
        ("/items", {"id": "a/b ü", "name": "Odd"}, "a/b ü", {"name": "New"}),
        ("/items", {"name": "Nameless"}, None, {"metadata": {"a": "b"}}),
        ("/plans", {"id": "pro", "catalog_item": "ipad", "interval": "month"}, "pro", {"name": "New"}),
        ("/tax_rates", {"id": "7", "value": 7.5, "is_percent": True}, "7", {"name": "New"}),
        ("/gl_accounts", {"name": "Revenue", "code": "100"}, None, {"code": "200"}),
        ("/tasks", {"name": "Call", "action": "phone"}, None, {"complete": True, "name": "New"}),
    ],
)
def test_a_further_resource_can_be_created_retrieved_listed_updated_and_deleted(
    url: str, path: str, parameters: dict[str, Any], record_id: str | None, change: dict[str, Any]
) -> None:
    with requests.Session() as api:
        api.auth = ("key", "")
        response = api.post(url + path, json=parameters)
        assert response.status_code == 201, response.text
        created = response.json()
        assert parameters.items() <= created.items()
        assert created["id"] == (record_id or created["id"])
        record_url = f"{url}{path}/{quote(str(created['id']), safe='')}"
        assert api.get(record_url).json() == created
        assert created in api.get(url + path).json()
        updated = api.patch(record_url, json=change)
        assert updated.status_code == 200, updated.text
        changed = {name: value for name, value in updated.json().items() if name != "updated_at"}
        assert changed == {**{name: created[name] for name in created if name != "updated_at"}, **change}
        assert api.delete(record_url).status_code == 204
        assert api.get(record_url).status_code == 404


def test_an_id_must_be_unique(url: str) -> None:
    for status in (201, 400):
        response = requests.post(f"{url}/items", json={"id": "once"}, auth=("key", ""))
        assert response.status_code == status
    message = "Another item already has the id once."
    assert response.json() == {"type": "invalid_request", "message": message, "param": "id"}


def test_a_property_of_several_types_is_null_by_default(url: str) -> None:
    assert requests.post(f"{url}/plans", json={"id": "blank"}, auth=("key", "")).json()["catalog_item"] is None


def test_fields_that_the_api_assigns_are_ignored_in_open_parameters(url: str) -> None:
    account = requests.post(f"{url}/gl_accounts", json={"id": "mine"}, auth=("key", "")).json()
    assert isinstance(account["id"], int)

"""Notes, tasks, reports, cadences, templates and other settings (catalog.md, 10 to 19)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

NOON = 1415188800
"""Wednesday, 5 November 2014, 12:00 UTC."""
HOUR, DAY = 3600, 86400


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now=NOON)


def create(api: requests.Session, path: str, **fields: Any) -> dict[str, Any]:
    response = api.post(path, json=fields)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def refused(response: requests.Response) -> Any:
    assert response.status_code == 400, response.text
    return response.json().get("param")


# 10 Notes


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"notes": "Hi"}, "customer"), ({"customer_id": 1}, "notes"), ({"customer_id": 1, "notes": ""}, "notes")],
)
def test_a_note_needs_a_parent_and_a_text(
    api: requests.Session, customer: dict[str, Any], fields: dict[str, Any], param: str
) -> None:
    assert refused(api.post("/notes", json=fields)) == param


def test_a_note_of_an_unknown_parent_is_404(api: requests.Session) -> None:
    for name in ("customer_id", "invoice_id"):
        assert api.post("/notes", json={"notes": "Hi", name: 99}).status_code == 404


def test_a_note_has_its_author_and_the_customer_of_its_invoice(api: requests.Session, customer: dict[str, Any]) -> None:
    member = create(api, "/members", email="ann@example.com", role="administrator")
    invoice = create(api, "/invoices", customer=customer["id"])
    note = create(api, "/notes", invoice_id=invoice["id"], notes="Hi", user_id=member["user"]["id"])
    assert (note["customer"], note["customer_id"], note["invoice"]) == (customer["id"], customer["id"], invoice["id"])
    assert note["user"]["email"] == "ann@example.com"
    other = create(api, "/notes", customer_id=customer["id"], notes="Ho")
    assert (other["user"], other["user_id"]) == (None, None)
    assert api.get(f"/notes?filter[user_id]={member['user']['id']}").json() == [note]
    changed = api.patch(f"/notes/{note['id']}", json={"notes": "Hey"}).json()
    assert (changed["notes"], changed["invoice"]) == ("Hey", invoice["id"])
    assert refused(api.patch(f"/notes/{note['id']}", json={"notes": ""})) == "notes"


# 11 Tasks


def test_a_task_that_is_completed_has_the_time_and_an_event(api: requests.Session, emulator: Emulator) -> None:
    task = create(api, "/tasks", name="Call", action="phone", due_date=NOON)
    assert (task["complete"], task["completed_date"]) == (False, None)
    emulator.advance(60)
    done = api.patch(f"/tasks/{task['id']}", json={"complete": True}).json()
    assert (done["completed_date"], done["completed_by_user_id"]) == (NOON + 60, None)
    emulator.advance(60)
    again = api.patch(f"/tasks/{task['id']}", json={"complete": False}).json()
    assert (again["complete"], again["completed_date"]) == (False, NOON + 60)
    events = [event["type"] for event in api.get("/events").json()]
    assert events == ["task.updated", "task.completed", "task.updated", "task.created"]


def test_a_task_can_be_complete_from_the_start(api: requests.Session) -> None:
    task = create(api, "/tasks", name="Call", action="phone", due_date=NOON, complete=True)
    assert task["completed_date"] == NOON
    assert [event["type"] for event in api.get("/events").json()] == ["task.completed", "task.created"]


@pytest.mark.parametrize("name", ["customer_id", "user_id"])
def test_a_task_of_somebody_unknown_is_refused(api: requests.Session, name: str) -> None:
    fields = {"name": "Call", "action": "phone", "due_date": NOON, name: 99}
    assert refused(api.post("/tasks", json=fields)) == name


def test_a_task_has_its_relations_twice_and_its_latest_note_on_request(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    task = create(api, "/tasks", name="Call", action="dance", due_date=NOON, customer_id=customer["id"], bill_id=7)
    assert (task["customer"], task["bill"], task["vendor_credit"]) == (customer["id"], 7, None)
    create(api, "/notes", customer_id=customer["id"], notes="Promised")
    (shown,) = api.get("/tasks?include=most_recent_note").json()
    assert (shown["most_recent_note"], "aging" in shown) == ("Promised", False)


# 12 Cadences

STEP = {"name": "Call", "action": "phone", "schedule": "age:7"}
CADENCE = {"name": "Gentle", "time_of_day": 9, "steps": [STEP]}


@pytest.mark.parametrize(
    ("changes", "next_run"),
    [
        ({}, NOON + 21 * HOUR),
        ({"time_of_day": 13}, NOON + HOUR),
        ({"time_of_day": 12}, NOON + DAY),
        ({"paused": True}, None),
        ({"frequency": "day_of_week", "run_days": "1,3"}, NOON + 5 * DAY - 3 * HOUR),
        ({"frequency": "day_of_week", "run_date": 5}, NOON + 2 * DAY - 3 * HOUR),
        ({"frequency": "day_of_month", "run_date": 7}, NOON + 2 * DAY - 3 * HOUR),
        ({"frequency": "day_of_month", "run_date": 1}, NOON + 26 * DAY - 3 * HOUR),
    ],
)
def test_a_cadence_knows_when_it_runs_next(
    api: requests.Session, changes: dict[str, Any], next_run: int | None
) -> None:
    cadence = create(api, "/chasing_cadences", **{**CADENCE, **changes})
    assert (cadence["next_run"], cadence["last_run"]) == (next_run, 0)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"time_of_day": 24}, "time_of_day"),
        ({"steps": []}, "steps"),
        ({"steps": [{**STEP, "action": "dance"}]}, "steps"),
        ({"steps": [{**STEP, "action": "email"}]}, "steps"),
        ({"steps": [{**STEP, "action": "sms"}]}, "steps"),
        ({"frequency": "day_of_week", "run_days": "8"}, "next_run"),
        ({"frequency": "day_of_week"}, "next_run"),
        ({"frequency": "day_of_month", "run_date": 32}, "next_run"),
        ({"assignment_mode": "conditions", "assignment_conditions": "(a"}, "assignment_conditions"),
    ],
)
def test_a_faulty_cadence_is_refused(api: requests.Session, changes: dict[str, Any], param: str) -> None:
    assert refused(api.post("/chasing_cadences", json={**CADENCE, **changes})) == param


@pytest.mark.parametrize("schedule", ["age", "age:-1", "never", "past_due:1"])
def test_a_faulty_schedule_is_refused(api: requests.Session, schedule: str) -> None:
    param = refused(api.post("/chasing_cadences", json={**CADENCE, "steps": [{**STEP, "schedule": schedule}]}))
    assert param.startswith("steps")


def test_a_step_with_an_e_mail_needs_a_template_that_chases(api: requests.Session) -> None:
    for number, (kind, status) in enumerate({"chasing": 201, "invoice": 400}.items()):
        create(api, "/email_templates", id=f"t{number}", name="T", type=kind, subject="S", body="B")
        step = {**STEP, "action": "email", "email_template_id": f"t{number}"}
        assert api.post("/chasing_cadences", json={**CADENCE, "steps": [step]}).status_code == status


def test_a_cadence_with_an_unknown_parameter_is_refused(api: requests.Session) -> None:
    assert refused(api.post("/chasing_cadences", json={**CADENCE, "unknown": 1})) == "request"
    cadence = create(api, "/chasing_cadences", **CADENCE)
    assert refused(api.patch(f"/chasing_cadences/{cadence['id']}", json={"unknown": 1})) == "request"


def test_a_fault_of_an_invoice_cadence_names_no_parameter(api: requests.Session) -> None:
    options = {"hour": 7, "email": True, "sms": False, "letter": False}
    for step in ({"trigger": 6, "options": options}, {"trigger": 0, "options": {}}, {"trigger": 0}):
        assert refused(api.post("/invoice_chasing_cadences", json={"name": "A", "chase_schedule": [step]})) is None
    assert refused(api.post("/invoice_chasing_cadences", json={"chase_schedule": []})) == "name"


def test_tasks_are_sorted_by_the_names_of_their_customers(api: requests.Session) -> None:
    for name in ("Bolt", "Acme"):
        customer = create(api, "/customers", name=name)["id"]
        create(api, "/tasks", name=name, action="phone", due_date=1, customer_id=customer)
    for direction, names in (("asc", ["Acme", "Bolt"]), ("desc", ["Bolt", "Acme"])):
        listed = api.get(f"/tasks?sort=Customers.name {direction}").json()
        assert [task["name"] for task in listed] == names


def test_the_hour_of_a_cadence_is_json(api: requests.Session) -> None:
    for hour in ("9", 9.5, True, None):
        assert refused(api.post("/chasing_cadences", json={**CADENCE, "time_of_day": hour})) == "time_of_day"
    cadence = create(api, "/chasing_cadences", **{**CADENCE, "paused": "on", "min_balance": "12.5"})
    assert (cadence["paused"], cadence["min_balance"]) == (True, 12.5)
    assert refused(api.patch(f"/chasing_cadences/{cadence['id']}", json={"time_of_day": "9"})) == "time_of_day"


def test_there_is_one_default_cadence(api: requests.Session) -> None:
    first = create(api, "/chasing_cadences", **CADENCE, assignment_mode="default")
    create(api, "/chasing_cadences", **CADENCE, assignment_mode="default")
    assert api.get(f"/chasing_cadences/{first['id']}").json()["assignment_mode"] == "none"


def test_the_steps_of_a_cadence_with_customers_are_fixed(api: requests.Session) -> None:
    cadence = create(api, "/chasing_cadences", **CADENCE)
    path = f"/chasing_cadences/{cadence['id']}"
    create(api, "/customers", name="Acme", chasing_cadence=cadence["id"])
    assert api.get(f"{path}?include=num_customers").json()["num_customers"] == 1
    (step,) = cadence["steps"]
    assert refused(api.patch(path, json={"steps": [STEP, STEP]})) == "steps"
    changed = {**STEP, "id": step["id"], "schedule": "age:8"}
    assert refused(api.patch(path, json={"steps": [changed]})) == "steps.schedule"
    assert api.patch(path, json={"steps": [{**STEP, "id": step["id"], "name": "Ring"}]}).status_code == 200
    assert refused(api.delete(path)) is None


def test_the_cadences_of_customers_have_one_path(api: requests.Session) -> None:
    assert api.get("/customer_chasing_cadences").status_code == 404


OPTIONS = {"hour": 9, "email": True, "sms": False, "letter": False}


@pytest.mark.parametrize(
    ("schedule", "status"),
    [
        ([{"trigger": 0, "options": OPTIONS}], 201),
        ([{"trigger": 0, "options": {**OPTIONS, "email": False}}], 400),
        ([{"trigger": 1, "options": OPTIONS}], 400),
        ([{"trigger": 1, "options": {**OPTIONS, "days": 0}}], 201),
        ([{"trigger": 3, "options": {**OPTIONS, "days": 0, "repeats": 3}}], 400),
        ([{"trigger": 3, "options": {**OPTIONS, "days": 1}}], 400),
        ([{"trigger": 3, "options": {**OPTIONS, "days": 1, "repeats": 3}}], 201),
        ([{"trigger": 3, "options": {**OPTIONS, "days": days, "repeats": 3}} for days in (1, 2)], 400),
        ([{"trigger": 4, "options": OPTIONS}], 400),
        ([{"trigger": 4, "options": {**OPTIONS, "date": "2026-01-01"}}], 201),
        ([{"trigger": 0, "options": OPTIONS}] * 2, 400),
        ([{"trigger": 6, "options": OPTIONS}], 400),
        ([{"trigger": 0, "options": {"hour": 9, "email": True}}], 400),
    ],
)
def test_the_schedule_of_an_invoice_cadence_is_checked(
    api: requests.Session, schedule: list[dict[str, Any]], status: int
) -> None:
    response = api.post("/invoice_chasing_cadences", json={"name": "Gentle", "chase_schedule": schedule})
    assert response.status_code == status, response.text


def test_a_second_default_invoice_cadence_is_refused_also_the_same_again(api: requests.Session) -> None:
    first = create(api, "/invoice_chasing_cadences", name="A", default=True, chase_schedule=[])
    assert (
        refused(api.post("/invoice_chasing_cadences", json={"name": "B", "default": True, "chase_schedule": []}))
        is None
    )
    assert refused(api.patch(f"/invoice_chasing_cadences/{first['id']}", json={"default": True})) is None


# 13 Custom fields, 14 templates


@pytest.mark.parametrize(("id", "status"), [("x", 400), ("a b", 400), ("a" * 41, 400), ("sales-rep_1", 201)])
def test_the_id_of_a_custom_field_is_checked(api: requests.Session, id: str, status: int) -> None:
    response = api.post(
        "/custom_fields", json={"id": id, "name": "Rep", "object": "customer", "choices": ["a", "b", "a"]}
    )
    assert (response.status_code, response.json().get("param")) == (status, "id" if status == 400 else None)
    if status == 201:
        assert (response.json()["choices"], response.json()["type"]) == (["a", "b"], "string")
        assert api.get(f"/custom_fields/{response.json()['internal_id']}").json() == response.json()
        assert api.get(f"/custom_fields/{id}").status_code == 404


def test_a_built_in_e_mail_template_is_stored_by_its_first_change(api: requests.Session) -> None:
    path = "/email_templates/new_invoice_email"
    assert api.get(path).status_code == 404
    changed = api.patch(path, json={"subject": "Ours", "body": "Hello", "options": {"attach_pdf": False}})
    assert (changed.status_code, changed.json()["type"]) == (201, "invoice")
    assert changed.json()["options"]["attach_pdf"] is False
    assert changed.json()["options"]["send_on_subscription_invoice"] is True
    assert api.patch(path, json={"subject": "Yours"}).status_code == 200
    assert api.get(path).json()["subject"] == "Yours"
    assert api.delete(path).status_code == 204
    assert (api.get(path).status_code, api.get("/email_templates").json()) == (404, [])


@pytest.mark.parametrize("missing", ["name", "type", "subject", "body"])
def test_another_e_mail_template_needs_all(api: requests.Session, missing: str) -> None:
    fields = {"name": "T", "type": "invoice", "subject": "S", "body": "B"}
    del fields[missing]
    assert refused(api.post("/email_templates", json=fields)) == missing


@pytest.mark.parametrize(("fields", "status"), [({"id": "x"}, 400), ({}, 400), ({"id": "ours"}, 201)])
def test_a_theme_has_the_id_that_is_sent(api: requests.Session, fields: dict[str, Any], status: int) -> None:
    response = api.post("/themes", json=fields)
    assert (response.status_code, response.json().get("param")) == (status, "id" if status == 400 else None)
    if status == 201:
        assert refused(api.post("/themes", json=fields)) == "id"


# 15 General ledger


def test_ledger_accounts_are_a_tree_in_the_order_of_names(api: requests.Session) -> None:
    def add(name: str, code: str, parent: int | None = None) -> int:
        number: int = create(api, "/gl_accounts", name=name, code=code, parent_id=parent)["id"]
        return number

    sales, assets = add("Sales", "4000"), add("Assets", "1000")
    add("West", "4002", sales)
    east = add("East", "4001", sales)
    assert [each["name"] for each in api.get("/gl_accounts").json()] == ["Assets", "Sales", "East", "West"]
    api.patch(f"/gl_accounts/{sales}", json={"name": "A sale"})
    assert [each["name"] for each in api.get("/gl_accounts").json()] == ["A sale", "East", "West", "Assets"]
    assert refused(api.patch(f"/gl_accounts/{sales}", json={"parent_id": east})) == "parent_id"
    assert refused(api.delete(f"/gl_accounts/{sales}")) == "parent_id"
    assert refused(api.post("/gl_accounts", json={"name": "Twice", "code": "1000"})) == "code"
    assert refused(api.post("/gl_accounts", json={"name": "Lost", "code": "9000", "parent_id": 99})) == "parent_id"
    assert api.delete(f"/gl_accounts/{assets}").status_code == 204


def test_ledger_accounts_have_five_levels_at_most(api: requests.Session) -> None:
    parent = None
    for level in range(5):
        parent = create(api, "/gl_accounts", name="Level", code=f"100{level}", parent_id=parent)["id"]
    assert refused(api.post("/gl_accounts", json={"name": "Deep", "code": "1009", "parent_id": parent})) == "parent_id"


@pytest.mark.parametrize(
    "fields", [{"name": "A", "code": "1000"}, {"name": "Ab", "code": "100"}, {"name": "Ab", "code": "1 00"}]
)
def test_a_faulty_ledger_account_is_refused(api: requests.Session, fields: dict[str, Any]) -> None:
    assert refused(api.post("/gl_accounts", json=fields)) in ("name", "code")


# 16 Members


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"role": "administrator"}, None),
        ({"role": "unknown", "email": "bob@example.com"}, "role"),
        ({"role": "administrator", "email": "ANN@example.com"}, "user"),
        (
            {"role": "administrator", "email": "b@c.de", "restrictions": {str(n): ["x"] for n in range(4)}},
            "restrictions",
        ),
    ],
)
def test_a_faulty_member_is_refused(api: requests.Session, fields: dict[str, Any], param: str | None) -> None:
    create(api, "/members", email="ann@example.com", role="administrator")
    response = api.post("/members", json=fields)
    assert (refused(response) or "").partition("[")[0] == (param or "")


def test_a_member_has_one_valid_address(api: requests.Session) -> None:
    member = create(api, "/members", email=" Ann@Example.com ", role="administrator")
    assert member["user"]["email"] == "ann@example.com"
    for email in ("ann", "ann@example.com, bob@example.com"):
        assert refused(api.post("/members", json={"email": email, "role": "administrator"})) == "email"


def test_a_member_has_a_role_of_the_account(api: requests.Session) -> None:
    role = create(api, "/roles", name="Clerk")
    assert (role["notifications_edit"], isinstance(role["id"], str)) == (True, True)
    member = create(api, "/members", email="ann@example.com", role=role["id"], restrictions={})
    assert (member["role"], member["restrictions"], "user_id" in member) == (role["id"], None, False)
    path = f"/members/{member['id']}"
    api.patch(path, json={"email": "other@example.com", "first_name": "Ann"})
    assert api.get(path).json()["user"] == member["user"]
    response = api.patch(f"{path}/frequency", json={"email_update_frequency": "day", "subscribe_all": False})
    assert response.status_code == 200
    assert (response.json()["email_update_frequency"], response.json()["subscribe_all"]) == ("day", False)
    assert api.post(f"{path}/invites").status_code == 204
    assert api.post("/members/99/invites").status_code == 404


# 17 Payment methods, merchant accounts


def load(emulator: Emulator, tmp_path: Any, *lines: str) -> None:
    (tmp_path / "data").write_text("\n".join(lines))
    emulator.load(tmp_path / "data")


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"min": 5, "max": 10}, None),
        ({"min": 10}, None),
        ({"min": 10, "max": 10}, "min"),
        ({"max": 1000000001}, "max"),
        ({"convenience_fee": 401}, "convenience_fee"),
    ],
)
def test_the_limits_of_a_payment_method_are_checked(
    api: requests.Session, emulator: Emulator, tmp_path: Any, changes: dict[str, Any], param: str | None
) -> None:
    body = '{"id": "ach", "min": null, "max": null, "enabled": true}'
    load(emulator, tmp_path, f'{{"type": "payment_method", "id": "ach", "parent": null, "body": {body}}}')
    response = api.patch("/payment_methods/ach", json=changes)
    assert (response.status_code, response.json().get("param")) == (400 if param else 200, param)
    assert api.delete("/payment_methods/ach").status_code == api.post("/payment_methods", json={}).status_code == 405


def test_a_merchant_account_is_deleted_softly_unless_it_is_used(
    api: requests.Session, emulator: Emulator, tmp_path: Any
) -> None:
    bodies = ('{"id": 5, "gateway": "test", "credentials": {"key": "x"}}', '{"id": 6, "gateway": "test"}')
    lines = [
        f'{{"type": "merchant_account", "id": {n}, "parent": null, "body": {body}}}' for n, body in enumerate(bodies, 5)
    ]
    load(emulator, tmp_path, *lines)
    create(api, "/customers", name="Acme", ach_gateway=5)
    assert refused(api.delete("/merchant_accounts/5")) is None
    assert api.delete("/merchant_accounts/6").status_code == 204
    assert [each["deleted"] for each in api.get("/merchant_accounts").json()] == [False, True]
    assert [each["id"] for each in api.get("/merchant_accounts?filter[deleted]=0").json()] == [5]
    assert "credentials" not in api.get("/merchant_accounts/5").json()


# 18 Sign-up pages


def test_a_sign_up_page_has_whole_objects(api: requests.Session) -> None:
    plan = {"interval": "month", "interval_count": 1, "pricing_mode": "per_unit", "amount": 5}
    create(api, "/plans", id="pro", name="Pro", **plan)
    create(api, "/plans", id="any", name="Any", **{**plan, "pricing_mode": "custom", "amount": None})
    create(api, "/items", id="setup", name="Setup", unit_cost=50)
    page = create(api, "/sign_up_pages", name="Join", plans=["pro", "none"], setup_fee="setup")
    assert ([each["id"] for each in page["plans"]], page["setup_fee"]["id"]) == (["pro"], "setup")
    assert page["url"].startswith("http")
    assert refused(api.post("/sign_up_pages", json={"name": "Join", "plans": ["any"]})) == "plans"
    addon = create(api, "/sign_up_page_addons", sign_up_page=page["id"], plan="pro", type="boolean", recurring=True)
    assert api.get(f"/sign_up_page_addons?filter[sign_up_page_id]={page['id']}").json() == [addon]
    assert api.get("/sign_up_page_addons?filter[sign_up_page_id]=99").json() == []
    fields = {"sign_up_page": page["id"], "type": "boolean", "recurring": True}
    assert refused(api.post("/sign_up_page_addons", json={**fields, "plan": "any"})) == "plans"


# 19 Reports, notifications


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"type": "aging_summary"}, "A/R Aging Summary"),
        ({"type": "other"}, "Failed"),
        ({"definition": {"title": "Ours"}}, "Ours"),
        ({"type": "custom", "definition": "not JSON"}, "Failed"),
    ],
)
def test_a_report_gets_ready_later(
    api: requests.Session, emulator: Emulator, fields: dict[str, Any], title: str
) -> None:
    report = create(api, "/reports", **fields)
    assert (report["title"], report["data"]) == ("", [])
    assert api.get(f"/reports/{report['id']}").json()["title"] == ""
    emulator.advance(1)
    ready = api.get(f"/reports/{report['id']}").json()
    assert (ready["title"], "error" in ready["data"]) == (title, title == "Failed")
    assert api.get("/reports").status_code == 405


def test_a_custom_report_needs_a_definition(api: requests.Session) -> None:
    assert refused(api.post("/reports", json={})) is None


def test_the_user_of_a_notification_is_fixed(api: requests.Session) -> None:
    notification = create(api, "/notifications", event="invoice.paid", user_id=7)
    assert (notification["medium"], notification["match_mode"]) == ("email", "any")
    changed = api.patch(f"/notifications/{notification['id']}", json={"user_id": 8, "enabled": True}).json()
    assert (changed["user_id"], changed["enabled"]) == (7, True)
    assert len(api.get("/notifications?filter[user_id]=7").json()) == 1


def test_the_client_completes_a_task_and_reads_a_report(emulator: Emulator) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    task = client.Task.create(name="Call", action="phone", due_date=NOON)
    task.complete = True
    task.save()
    assert client.Task.retrieve(task.id).completed_date is not None
    report = client.Report.create(type="tax_summary")
    emulator.advance(5)
    assert client.Report.retrieve(report.id).title == "Tax Summary"

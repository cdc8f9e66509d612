"""Reports, which are built in the background (catalog.md, 19.2)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values import exact_json

BUILD = "build report"
"""Name of the task that fills a report."""

_SECONDS = 1

_TITLES = {
    "aging_detail": "A/R Aging Detail",
    "aging_summary": "A/R Aging Summary",
    "cash_flow": "Cash Flow",
    "payment_summary": "Payment Summary",
    "sales_summary": "Sales Summary",
    "tax_summary": "Tax Summary",
}
"""Titles of the preset reports, by type."""


def _complete(call: Call, report: Record) -> None:
    """Set what a report has before it is built, and its definition as text."""
    report["type"] = report["type"] or "custom"
    if report["type"] == "custom" and not report["definition"]:
        raise ApiError(400, "A custom report needs a definition.")
    report |= {"title": "", "data": [], "timestamp": call.now}
    if isinstance(report["definition"], dict):
        report["definition"] = exact_json.dumps(report["definition"])


def _create(call: Call) -> Result:
    result = records.create(call, REPORT)
    call.store.schedule(BUILD, result.body["id"], call.now + _SECONDS)
    return result


def build_report(account: Account, report_id: RecordId) -> None:
    """Fill a report with its title and an empty table. An unknown type fails."""
    report = account.find("report", report_id)
    if report is None:
        return
    title = _title(report)
    if title is None:
        report |= {"title": "Failed", "data": {"error": f"There is no report of the type {report['type']}."}}
    else:
        report |= {"title": title, "data": [{"title": title, "type": "table", "rows": []}]}
    account.write("report", report_id, {**report, "timestamp": account.now, "updated_at": account.now})


def _title(report: Record) -> str | None:
    if report["type"] != "custom":
        return _TITLES.get(report["type"])
    try:
        definition = exact_json.loads(report["definition"])
    except ValueError:
        return None
    return str(definition.get("title") or "Custom Report") if isinstance(definition, dict) else None


REPORT = Behaviour(complete=_complete, operations={"Report.create": _create})

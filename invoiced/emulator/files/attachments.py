"""Files that are attached to documents (catalog.md, 9.5; billing.md 3.15, 3.17 and 3.29)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.extension import extended
from invoiced.emulator.records.lists import list_records
from invoiced.emulator.storage.store import Record, RecordId

ATTACHMENT = "attachment"
"""Record type of a file of a document, which belongs to the document."""


def with_attachments(behaviour: Behaviour, resource: str) -> Behaviour:
    """Return the behavior of documents to which files can be attached."""
    with_files = extended(behaviour, resource, _attach)
    save = with_files.operations[f"{resource}.save"]

    def save_also_if_closed(call: Call) -> Result:
        """Change a document. If it is closed, its files are stored all the same (3.15)."""
        try:
            return save(call)
        except ApiError as error:
            if error.param != "closed":
                raise
            _attach(call, call.ids["id"], Result())
            raise ApiError(error.status, error.message, error.param, keeps_changes=True) from None

    calls = {f"{resource}.save": save_also_if_closed, f"{resource}.attachments": _list}
    return with_files.with_operations(calls)


def _attach(call: Call, document_id: RecordId, result: Result) -> Result:
    """Replace the files of a document, if they are sent. Unknown files are dropped."""
    sent = {*_sent(call)}
    for attachment in call.store.page(ATTACHMENT, document_id):
        place = (attachment["file"], attachment["location"])
        if place in sent:
            sent.remove(place)
        elif _is_replaced(call, attachment["location"]):
            call.store.remove(ATTACHMENT, attachment["id"])
    for file_id, location in sorted(sent, key=[*_sent(call)].index):
        if call.find("file", file_id):
            number = call.store.next("id")
            times = {"created_at": call.now, "updated_at": call.now}
            record = {"id": number, "object": "attachment", "file": file_id, "location": location, **times}
            call.store.add(ATTACHMENT, number, record, document_id)
    return result


def _sent(call: Call) -> Iterator[tuple[RecordId, str]]:
    """Yield the files that are sent, with where they are: beside the PDF, or in its place."""
    yield from ((file_id, "attachment") for file_id in call.body.get("attachments") or ())
    if call.body.get("pdf_attachment"):
        yield call.body["pdf_attachment"], "pdf"


def _is_replaced(call: Call, location: str) -> bool:
    return ("pdf_attachment" if location == "pdf" else "attachments") in call.body


def _render(account: Account, attachment: Record) -> Record:
    """Return an attachment with its file. It has no ID (9.5)."""
    file = account.find("file", attachment["file"])
    shown = file and account.shown("file", file)
    return {**{name: value for name, value in attachment.items() if name != "id"}, "file": shown}


def _list(call: Call) -> Result:
    """Respond with the files of a document; of an unknown one, there are none."""
    of_attachments = replace(call.operation, resource="Attachment")
    return list_records(replace(call, operation=of_attachments), Behaviour(render=_render))

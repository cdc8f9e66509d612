"""Completion and hover texts of pyright's language server. Run by `tox -e types`."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from field_docstrings import field_docstrings
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from invoiced import Customer, CustomerCreate, StatementEmail, WriteOptions

ROOT = Path(__file__).parents[2]
GIVEN = """\
import invoiced

client = invoiced.Client("key")
customer = client.Customer.retrieve(1)
"""
# Each line is a separate document, because an incomplete line would affect the next. The cursor is at the bar.
COMPLETED = {
    "client.Customer.create(|": "payment_terms=",
    "client.Customer.all(upd|": "updated_after=",
    "customer.|": "payment_terms",
    "customer.save(|": "payment_terms=",
    "client.Invoice.create(|": "due_date=",
    "client.Invoice.create(idem|": "idempotency_key=",
    "client.Customer.retrieve(1, dead|": "deadline=",
    "client.Inv|": "Invoice",
}
HOVERED = {
    'client.Customer.create(name="Acme", pay|ment_terms="NET 30")': field_docstrings(CustomerCreate)["payment_terms"],
    "customer.pay|ment_terms": field_docstrings(Customer)["payment_terms"],
    'customer.send_statement(sub|ject="Your statement")': field_docstrings(StatementEmail)["subject"],
    'statement: invoiced.StatementEmail = {"sub|ject": "x"}': field_docstrings(StatementEmail)["subject"],
    "client.Customer.cre|ate": "Create a customer: POST /customers.",
    "client.Customer.create(idempoten|cy_key='a')": field_docstrings(WriteOptions)["idempotency_key"],
    "client.Inv|oice": "Invoices: create, retrieve, list, all, find.",
}
SETTINGS = {"python": {"pythonPath": sys.executable, "analysis": {"extraPaths": [str(ROOT)]}}}
FORMATS = [types.MarkupKind.PlainText]
CAPABILITIES = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(configuration=True, workspace_folders=True),
    text_document=types.TextDocumentClientCapabilities(hover=types.HoverClientCapabilities(content_format=FORMATS)),
)


def settings(params: types.ConfigurationParams) -> list[Any]:
    """Return the settings of the editor, with the library of this checkout."""
    return [SETTINGS.get(str(item.section)) for item in params.items]


class Editor(LanguageClient):
    """An editor with an open folder, which uses the current Python."""

    def __init__(self, folder: Path) -> None:
        super().__init__("editor", "1")
        self.folder, self.documents = folder, count(1)
        self.feature(types.WORKSPACE_CONFIGURATION)(settings)
        self.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)

    async def open(self) -> None:
        """Start the language server."""
        await self.start_io(sys.executable, "-m", "pyright.langserver", "--stdio")
        folder = types.WorkspaceFolder(self.folder.as_uri(), "folder")
        await self.initialize_async(types.InitializeParams(CAPABILITIES, workspace_folders=[folder]))
        self.initialized(types.InitializedParams())

    def open_document(self, line: str) -> tuple[types.TextDocumentIdentifier, types.Position]:
        """Open a document that ends in the line, and return the position of the bar."""
        text = GIVEN + line.replace("|", "")
        uri = (self.folder / f"document_{next(self.documents)}.py").as_uri()
        self.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text)))
        return types.TextDocumentIdentifier(uri), types.Position(GIVEN.count("\n"), line.index("|"))

    async def completions(self, line: str) -> set[str]:
        """Return the labels that completion offers."""
        completed = await self.text_document_completion_async(types.CompletionParams(*self.open_document(line)))
        items = completed.items if isinstance(completed, types.CompletionList) else completed or []
        return {item.label for item in items}

    async def hover_text(self, line: str) -> str:
        """Return the text that hovering shows."""
        hover = await self.text_document_hover_async(types.HoverParams(*self.open_document(line)))
        return hover.contents.value if hover and isinstance(hover.contents, types.MarkupContent) else ""

    async def close(self) -> None:
        """Stop the language server."""
        await self.shutdown_async(None)
        self.exit(None)
        await self.stop()  # type: ignore[no-untyped-call]


async def query_editor(folder: Path) -> tuple[dict[str, set[str]], dict[str, str]]:
    editor = Editor(folder)
    await editor.open()
    completions = {line: await editor.completions(line) for line in COMPLETED}
    hover_texts = {line: await editor.hover_text(line) for line in HOVERED}
    await editor.close()
    return completions, hover_texts


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, set[str]], dict[str, str]]:
    """Return completions and hover texts, by line."""
    return asyncio.run(asyncio.wait_for(query_editor(tmp_path_factory.mktemp("folder")), 300))


@pytest.mark.parametrize("line", COMPLETED)
def test_completion_offers_the_fields(line: str, results: tuple[dict[str, set[str]], dict[str, str]]) -> None:
    assert COMPLETED[line] in results[0][line]


@pytest.mark.parametrize("line", HOVERED)
def test_hovering_shows_the_description(line: str, results: tuple[dict[str, set[str]], dict[str, str]]) -> None:
    assert HOVERED[line] in results[1][line].replace("`", "")

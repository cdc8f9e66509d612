"""What an editor offers and shows, as pyright's language server tells it. Run by `tox -e types`, which has it."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from invoiced import Customer, CustomerCreate, StatementEmail
from invoiced.cli.meanings import meanings_in

ROOT = Path(__file__).parents[2]
GIVEN = """\
import invoiced

client = invoiced.Client("key")
customer = client.Customer.retrieve(1)
"""
# Each is a document of its own, because half a line would spoil what follows. The cursor is at the bar.
COMPLETED = {
    "client.Customer.create(|": "payment_terms=",
    "client.Customer.all(upd|": "updated_after=",
    "customer.|": "payment_terms",
    "customer.save(|": "payment_terms=",
}
HOVERED = {
    'client.Customer.create(name="Acme", pay|ment_terms="NET 30")': meanings_in(CustomerCreate)["payment_terms"],
    "customer.pay|ment_terms": meanings_in(Customer)["payment_terms"],
    'customer.send_statement(sub|ject="Your statement")': meanings_in(StatementEmail)["subject"],
    'statement: invoiced.StatementEmail = {"sub|ject": "x"}': meanings_in(StatementEmail)["subject"],
    "client.Customer.cre|ate": 'Create a customer (section "Create a customer").',
}
SETTINGS = {"python": {"pythonPath": sys.executable, "analysis": {"extraPaths": [str(ROOT)]}}}
FORMATS = [types.MarkupKind.PlainText]
CAPABILITIES = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(configuration=True, workspace_folders=True),
    text_document=types.TextDocumentClientCapabilities(hover=types.HoverClientCapabilities(content_format=FORMATS)),
)


def settings(params: types.ConfigurationParams) -> list[Any]:
    """What the settings of the editor say. The library is that of the checkout, however it is installed."""
    return [SETTINGS.get(str(item.section)) for item in params.items]


class Editor(LanguageClient):
    """An editor with a folder open, whose Python is this one."""

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

    def place(self, line: str) -> tuple[types.TextDocumentIdentifier, types.Position]:
        """Write a document that ends in the line, and go to the bar in it."""
        text = GIVEN + line.replace("|", "")
        uri = (self.folder / f"document_{next(self.documents)}.py").as_uri()
        self.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text)))
        return types.TextDocumentIdentifier(uri), types.Position(GIVEN.count("\n"), line.index("|"))

    async def offered(self, line: str) -> set[str]:
        """What completion offers."""
        completed = await self.text_document_completion_async(types.CompletionParams(*self.place(line)))
        items = completed.items if isinstance(completed, types.CompletionList) else completed or []
        return {item.label for item in items}

    async def shown(self, line: str) -> str:
        """What hovering shows."""
        hover = await self.text_document_hover_async(types.HoverParams(*self.place(line)))
        return hover.contents.value if hover and isinstance(hover.contents, types.MarkupContent) else ""

    async def close(self) -> None:
        """End the language server."""
        await self.shutdown_async(None)
        self.exit(None)
        await self.stop()  # type: ignore[no-untyped-call]


async def asked(folder: Path) -> tuple[dict[str, set[str]], dict[str, str]]:
    editor = Editor(folder)
    await editor.open()
    offered = {line: await editor.offered(line) for line in COMPLETED}
    shown = {line: await editor.shown(line) for line in HOVERED}
    await editor.close()
    return offered, shown


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, set[str]], dict[str, str]]:
    """What is offered, and what is shown, by line."""
    return asyncio.run(asyncio.wait_for(asked(tmp_path_factory.mktemp("folder")), 300))


@pytest.mark.parametrize("line", COMPLETED)
def test_completion_offers_the_fields(line: str, answers: tuple[dict[str, set[str]], dict[str, str]]) -> None:
    assert COMPLETED[line] in answers[0][line]


@pytest.mark.parametrize("line", HOVERED)
def test_hovering_shows_the_meaning(line: str, answers: tuple[dict[str, set[str]], dict[str, str]]) -> None:
    assert HOVERED[line] in answers[1][line].replace("`", "")

"""A FastAPI application with one client, whose calls run in threads.

fastapi run fastapi_application.py
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request

import invoiced


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    """Create one client for the whole process, and close it when the server ends."""
    with invoiced.Client(deadline=20) as client:
        application.state.client = client
        yield


application = FastAPI(lifespan=lifespan)


@application.get("/balance/{number}")
def balance(number: str, request: Request) -> Any:
    """Return what a customer owes. FastAPI runs functions without `async` in threads."""
    try:
        return find(request, number).balance().total_outstanding
    except invoiced.InvoicedError as error:
        raise http_error(error) from None


@application.post("/statements/{number}", status_code=204)
async def send_statement(number: str, request: Request) -> None:
    """Send a statement. If the browser disconnects, the call continues until it is done."""
    try:
        customer = await asyncio.to_thread(find, request, number)
        await asyncio.to_thread(customer.send_statement)
    except invoiced.InvoicedError as error:
        raise http_error(error) from None


def find(request: Request, number: str) -> invoiced.Customer:
    client: invoiced.Client = request.app.state.client
    return client.Customer.find(number=number)


def http_error(error: invoiced.InvoicedError) -> HTTPException:
    """Return the response to the browser, without the details of the error."""
    if isinstance(error, invoiced.NotFoundError):
        return HTTPException(404, "There is no such customer.")
    if error.outcome_unknown:
        return HTTPException(
            502, "It is unknown whether this was done. Check before you try again."
        )
    return HTTPException(502, "This was not done.")

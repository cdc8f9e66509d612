"""A FastAPI application that receives webhooks, signed with INVOICED_WEBHOOK_SECRET.

fastapi run fastapi_webhooks.py
"""

import logging
import os

from fastapi import FastAPI, Request, Response

from invoiced import Event, webhooks

logger = logging.getLogger(__name__)
secret = os.environ["INVOICED_WEBHOOK_SECRET"]
application = FastAPI()


@application.post("/webhooks")
async def receive(request: Request) -> Response:
    signature = request.headers.get("X-Invoiced-Signature")
    try:
        event = webhooks.verify(await read_body(request), signature, secret)
    except webhooks.SignatureError as error:
        logger.warning("Refused a webhook: %s", error)
        return Response(status_code=400)
    handle(event)
    return Response(status_code=204)


async def read_body(request: Request) -> bytes:
    """Return the raw body, or so much of a large one that verify() refuses it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > webhooks.MAX_BODY:
            break
    return bytes(body)


def handle(event: Event) -> None:
    if event.type == "invoice.paid":
        logger.warning("Invoice %s was paid", event.data.object.number)

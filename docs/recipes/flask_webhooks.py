"""A Flask application that receives webhooks, signed with INVOICED_WEBHOOK_SECRET.

flask --app flask_webhooks run
"""

import os

import flask

from invoiced import Event, webhooks

application = flask.Flask(__name__)
application.config["MAX_CONTENT_LENGTH"] = webhooks.MAX_BODY  # refused with 413, not read
secret = os.environ["INVOICED_WEBHOOK_SECRET"]


@application.post("/webhooks")
def receive() -> tuple[str, int]:
    signature = flask.request.headers.get("X-Invoiced-Signature")
    try:
        event = webhooks.verify(flask.request.get_data(), signature, secret)
    except webhooks.SignatureError as error:
        application.logger.warning("Refused a webhook: %s", error)
        return "", 400
    handle(event)
    return "", 204


def handle(event: Event) -> None:
    if event.type == "invoice.paid":
        application.logger.warning("Invoice %s was paid", event.data.object.number)

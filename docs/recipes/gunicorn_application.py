"""A web application that creates customers. All workers share the client of their parent.

gunicorn --preload --workers 2 --threads 4 --timeout 30 gunicorn_application:application
"""

import flask

import invoiced

# Shorter than --timeout, after which gunicorn kills a busy worker without threads.
client = invoiced.Client(deadline=20)
application = flask.Flask(__name__)


@application.post("/customers")
def sign_up() -> tuple[dict[str, object], int]:
    customer = client.Customer.create(name=flask.request.form["name"])
    return {"id": customer.id, "number": customer.number}, 201


@application.errorhandler(invoiced.InvoicedError)
def failed(error: invoiced.InvoicedError) -> tuple[dict[str, object], int]:
    application.logger.error("%s", error)
    return {"sign_up": "unknown" if error.outcome_unknown else "failed"}, 502

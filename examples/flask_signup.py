"""A Flask application that creates a customer per sign-up, never two for an e-mail address.

Run `flask --app flask_signup run` with the key in INVOICED_API_KEY, and post a name and an
email to /sign-up, as a form or as JSON.
"""

from hashlib import sha256

from flask import Flask, request

import invoiced


def create_app(client: invoiced.Client | None = None) -> Flask:
    app, account = Flask(__name__), client or invoiced.Client(deadline=20)

    @app.post("/sign-up")
    def sign_up() -> tuple[dict[str, str], int]:
        form = request.get_json(silent=True) or request.form
        name, email = (str(form.get(field) or "").strip() for field in ("name", "email"))
        if "@" not in email:
            return {"parameter": "email", "message": "An e-mail address is needed."}, 400
        number = f"WEB-{sha256(email.lower().encode()).hexdigest()[:16]}"
        try:
            account.Customer.create(name=name, email=email, number=number)
        except invoiced.InvoicedError as error:
            if not error.outcome_unknown and error.param != "number":
                raise
            account.Customer.find(number=number)  # created after all, or once before
        return {"number": number}, 201

    @app.errorhandler(invoiced.InvoicedError)
    def failed(error: invoiced.InvoicedError) -> tuple[dict[str, str], int]:
        if error.param in ("name", "email"):
            return {"parameter": error.param, "message": error.message}, 400
        app.logger.error("No sign-up: %s", error)
        return {"message": "Please try again in a minute."}, 503  # which does no harm

    return app

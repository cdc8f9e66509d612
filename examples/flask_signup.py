"""A Flask application for sign-ups, which creates one customer per e-mail address.

Set INVOICED_API_KEY, run `flask --app flask_signup run`, and post a name and an email to
/sign-up, as a form or as JSON.
"""

from hashlib import sha256

from flask import Flask, request

import invoiced


def create_app(client: invoiced.Client | None = None) -> Flask:
    app, api = Flask(__name__), client or invoiced.Client(deadline=20)

    @app.post("/sign-up")
    def sign_up() -> tuple[dict[str, str], int]:
        form = request.get_json(silent=True) or request.form
        name, email = (str(form.get(field) or "").strip() for field in ("name", "email"))
        if "@" not in email:
            return {"parameter": "email", "message": "An e-mail address is required."}, 400
        number = f"WEB-{sha256(email.lower().encode()).hexdigest()[:16]}"
        try:
            api.Customer.create(name=name, email=email, number=number)
        except invoiced.InvoicedError as error:
            if not error.outcome_unknown and error.param != "number":
                raise
            api.Customer.find(number=number)  # created by this request or by an earlier one
        return {"number": number}, 201

    @app.errorhandler(invoiced.InvoicedError)
    def failed(error: invoiced.InvoicedError) -> tuple[dict[str, str], int]:
        if error.param in ("name", "email"):
            return {"parameter": error.param, "message": error.message}, 400
        app.logger.error("Sign-up failed: %s", error)
        return {"message": "Please try again in a minute."}, 503  # a retry is safe

    return app

"""Sessions of users' own."""

import requests


class AnotherSession(requests.Session):
    """One that may prepare and send in a way of its own."""

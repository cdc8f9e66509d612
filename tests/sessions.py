"""A session class such as users may define."""

import requests


class AnotherSession(requests.Session):
    """A subclass, which could override how requests are prepared and sent."""

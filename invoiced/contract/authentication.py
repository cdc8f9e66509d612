"""Authentication and headers."""

from __future__ import annotations

import re
from base64 import b64encode

from invoiced.contract import scenes
from invoiced.contract.account import Account
from invoiced.contract.facts import Finding, fact, refused


@fact("A2", writes=False)
def unknown_path_without_key(account: Account) -> Finding:
    """Without a key, an unknown path is 401: authentication comes before routing."""
    received = account.scene(scenes.without_key)
    return Finding(received.status == 401, str(received))


@fact("A2b", writes=False)
def unknown_path_with_key(account: Account) -> Finding:
    """With a key, an unknown path is 404."""
    return refused(account.get("no_such_path"), status=404)


@fact("A2c")
def malformed_json_without_key(account: Account) -> Finding:
    """Malformed JSON is 400, even without a key."""
    received = account.scene(scenes.malformed)
    return Finding(received.status == 400, str(received))


@fact("A3", writes=False)
def type_without_key(account: Account) -> Finding:
    """A request without a key is 401 with the type invalid_request."""
    return refused(account.scene(scenes.without_key), status=401)


@fact("A3b", writes=False)
def type_with_unknown_key(account: Account) -> Finding:
    """A request with an unknown key is 401 with the type invalid_request."""
    wrong = "Basic " + b64encode(b"no-such-key-of-a-contract:").decode()
    return refused(account.get("customers", {"per_page": 1}, Authorization=wrong), status=401)


@fact("A6", writes=False)
def headers_of_success(account: Account) -> Finding:
    """Successful responses, too, have WWW-Authenticate and may not be cached."""
    headers = account.scene(scenes.first_page).headers
    names = ("WWW-Authenticate", "Cache-Control")
    sent = headers.get(names[0]) == 'Basic realm="Invoiced"' and "no-store" in headers.get(names[1], "")
    return Finding(sent, ", ".join(f"{name}: {'sent' if name in headers else 'missing'}" for name in names))


@fact("A6b", writes=False)
def request_id(account: Account) -> Finding:
    """X-Request-Id and X-Correlation-Id are in the response, the former as it was sent."""
    headers = account.scene(scenes.first_page).headers
    repeated = headers.get("X-Request-Id") == f"contract-{account.token}"
    seen = [f"X-Request-Id {'repeated' if repeated else 'not repeated'}"]
    seen.append(f"X-Correlation-Id {'sent' if 'X-Correlation-Id' in headers else 'missing'}")
    return Finding(repeated and "X-Correlation-Id" in headers, ", ".join(seen))


@fact("A7")
def form_of_bodies(account: Account) -> Finding:
    """Bodies are compact JSON, with names in alphabetical order."""
    received = account.scene(scenes.retrieved)
    names, without_texts = [*received.record], re.sub(r'"(\\.|[^"\\])*"', "", received.text)
    is_compact, is_sorted = not re.search(r"\s", without_texts), names == sorted(names)
    seen = ["compact" if is_compact else "with white space", "in order" if is_sorted else "in another order"]
    return Finding(is_compact and is_sorted, ", ".join(seen))


@fact("A9")
def wrong_method(account: Account) -> Finding:
    """A known path with a wrong method is 405 without an Allow header."""
    received = account.send("PUT", "customers")
    allow = "with Allow" if "Allow" in received.headers else "without Allow"
    finding = refused(received, status=405)
    return Finding(finding.holds and "Allow" not in received.headers, f"{finding.seen}, {allow}")

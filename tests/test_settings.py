"""The settings of a client: keys, URLs, environment and timeouts."""

from __future__ import annotations

import base64
from traceback import walk_tb
from typing import Any

import pytest
import responses

import invoiced

KEY = "sk_0123456789abcdef"
ENVIRONMENT_KEY = "sk_environment"


def authorization(client: invoiced.Client, api: responses.RequestsMock) -> str:
    api.get(f"{client.api_url}/customers", json=[])
    client.request("GET", "customers")
    return str(api.calls[-1].request.headers["Authorization"])


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def test_the_api_key_is_the_user_name_with_an_empty_password(api: responses.RequestsMock) -> None:
    assert authorization(invoiced.Client(KEY), api) == basic(KEY)


def test_the_key_defaults_to_the_environment(api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", ENVIRONMENT_KEY)
    assert authorization(invoiced.Client(), api) == basic(ENVIRONMENT_KEY)


def test_a_key_argument_overrides_the_environment(api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", ENVIRONMENT_KEY)
    assert authorization(invoiced.Client(KEY), api) == basic(KEY)


def test_an_access_token_is_sent_instead_of_a_key(api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", ENVIRONMENT_KEY)
    assert authorization(invoiced.Client(access_token="token:1"), api) == "Bearer token:1"


def test_a_missing_key_raises_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"INVOICED_API_KEY.*invoiced\.Client\("):
        invoiced.Client()


@pytest.mark.parametrize(
    "credentials",
    [{"api_key": None}, {"access_token": None}, {"api_key": None, "access_token": None}, {"api_key": ""}],
    ids=str,
)
def test_the_environment_is_not_used_if_a_program_passes_no_key(
    credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenant without a key must not use the account of the environment."""
    monkeypatch.setenv("INVOICED_API_KEY", ENVIRONMENT_KEY)
    with pytest.raises(ValueError, match=r"Missing .*INVOICED_API_KEY") as caught:
        invoiced.Client(**credentials)
    assert ENVIRONMENT_KEY not in str(caught.value)


def test_none_next_to_a_key_or_a_token_is_allowed(api: responses.RequestsMock) -> None:
    credentials: list[dict[str, Any]] = [{"api_key": None, "access_token": "t"}, {"api_key": KEY, "access_token": None}]
    sent = [authorization(invoiced.Client(**each), api) for each in credentials]
    assert sent == ["Bearer t", basic(KEY)]


def test_an_empty_key_in_the_environment_raises_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "")
    with pytest.raises(ValueError, match="Missing API key"):
        invoiced.Client()


@pytest.mark.parametrize("name", ["api_key", "access_token"])
@pytest.mark.parametrize(
    "secret",
    ["", " ", "\t\n", "k3y\n", "k3y\r\nX-Evil: 1", "k3\ty", "k3y ", " k3y", "k3y\u200b", "k\u00e9y", b"k3y", 3],
)
def test_an_invalid_key_raises_an_error_that_does_not_show_it(name: str, secret: Any) -> None:
    with pytest.raises(ValueError, match=r"key|token") as caught:
        invoiced.Client(**{name: secret})
    assert "k3" not in str(caught.value)


def test_a_key_and_a_token_together_raise_an_error() -> None:
    with pytest.raises(ValueError, match="not both"):
        invoiced.Client(KEY, access_token="token")


def test_the_api_url_is_that_of_production_or_of_the_sandbox() -> None:
    assert invoiced.Client(KEY).api_url == "https://api.invoiced.com"
    assert invoiced.Client(KEY, sandbox=True).api_url == "https://api.sandbox.invoiced.com"
    assert invoiced.Client(KEY, True).api_url == "https://api.sandbox.invoiced.com"


@pytest.mark.parametrize("sandbox", ["false", "true", "", 0, 1, None])
def test_sandbox_must_be_a_bool(sandbox: Any) -> None:
    with pytest.raises(TypeError, match="sandbox must be True or False"):
        invoiced.Client(KEY, sandbox)


@pytest.mark.parametrize("value", ["1", "true", "True", "yes", "on"])
def test_the_environment_can_select_the_sandbox(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_SANDBOX", value)
    assert invoiced.Client(KEY).api_url == "https://api.sandbox.invoiced.com"


@pytest.mark.parametrize("value", ["0", "false", "False", "no", "off", ""])
def test_the_environment_can_select_production(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_SANDBOX", value)
    assert invoiced.Client(KEY).api_url == "https://api.invoiced.com"


def test_an_invalid_value_in_the_environment_raises_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_SANDBOX", "sandbox")
    with pytest.raises(ValueError, match="INVOICED_SANDBOX must be 1 or 0"):
        invoiced.Client(KEY)


def test_arguments_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_BASE_URL", "https://proxy.test/api/")
    assert invoiced.Client(KEY).api_url == "https://proxy.test/api"
    assert invoiced.Client(KEY, sandbox=True).api_url == "https://api.sandbox.invoiced.com"
    assert invoiced.Client(KEY, base_url="https://other.test").api_url == "https://other.test"


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.invoiced.test",
        "https://api.invoiced.test:8443/v1",
        "http://localhost:8065",
        "http://127.0.0.1:8065",
        "http://127.9.9.9",
        "http://[::1]:8065",
        "http://LOCALHOST",
    ],
)
def test_a_base_url_can_be_https_or_local(base_url: str) -> None:
    assert invoiced.Client(KEY, base_url=base_url).api_url == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.invoiced.test",
        "http://api.invoiced.test",
        "ftp://api.invoiced.test",
        "http://127.0.0.1.evil.test",
        "http://localhost.evil.test",
        "http://localhost@evil.test",
        "http://evil.test#@localhost",
        "http://evil.test\\@localhost",
        "https://user:password@api.invoiced.test",
        "https://api.invoiced.test?x=1",
        "https://api.invoiced.test/\n",
        "https:///customers",
        "http://0.0.0.0",
        "https://\u0430pi.invoiced.test",  # the first letter is Cyrillic
    ],
)
def test_a_base_url_that_could_expose_the_key_raises_an_error(base_url: str) -> None:
    with pytest.raises(ValueError, match=r"base_url must (be a URL|use https)"):
        invoiced.Client(KEY, base_url=base_url)


@pytest.mark.parametrize(
    "base_url",
    ["http://emulator:8065", "http://invoiced_emulator:8065", "http://10.0.0.5", "http://[fd00::5]:8065", "HTTP://E:1"],
)
@pytest.mark.parametrize("by", ["arguments", "environment"])
def test_only_the_key_of_emulators_is_sent_over_http_to_another_machine(
    base_url: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(**credentials: Any) -> invoiced.Client:
        if by == "arguments":
            return invoiced.Client(base_url=base_url, **credentials)
        monkeypatch.setenv("INVOICED_BASE_URL", base_url)
        monkeypatch.setenv("INVOICED_API_KEY", credentials.get("api_key", KEY))
        return invoiced.Client(**({} if "api_key" in credentials else credentials))

    assert create(api_key="emulator-key").api_url == base_url
    for secret in (KEY, "any-key", "EMULATOR-KEY", "emulator-key2", "my-emulator-key"):
        with pytest.raises(ValueError, match=r"^base_url must use https, .* API key 'emulator-key'") as caught:
            create(api_key=secret)
        assert f"{secret!r}" not in str(caught.value)
    for token in (KEY, "emulator-key"):
        with pytest.raises(ValueError, match=r"base_url must use https, .* to protect the access token"):
            create(access_token=token)


@pytest.mark.parametrize("base_url", ["ftp://emulator", "http+unix://emulator", "//emulator", "ws://emulator:8065"])
def test_the_key_of_emulators_is_sent_by_http_only(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url must use https"):
        invoiced.Client("emulator-key", base_url=base_url)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://willi:secr3t@api.invoiced.test",
        "http://willi:secr3t@localhost",
        "https://willi:secr3t@api.invoiced.test:99999",
        "https://willi:p#secr3t@[::1",
        "https://willi:secr3t@\u2100.test",
    ],
)
@pytest.mark.parametrize("from_environment", [False, True])
def test_credentials_in_a_base_url_are_refused_and_not_shown(
    base_url: str, from_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {} if from_environment else {"base_url": base_url}
    monkeypatch.setenv("INVOICED_BASE_URL", base_url)
    with pytest.raises(ValueError, match="without a user name and a password") as caught:
        invoiced.Client(KEY, **options)
    frames = [frame for frame, _ in walk_tb(caught.tb) if "invoiced" in str(frame.f_globals["__name__"])]
    assert frames
    assert "secr3t" not in repr([frame.f_locals for frame in frames]) + str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("base_url", ["https://api.invoiced.test:99999", "http://[::1", "https://host:port"])
def test_a_base_url_without_a_usable_port_or_host_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url must be a URL"):
        invoiced.Client(KEY, base_url=base_url)


INVALID_TIMEOUTS = [0, -1, True, "30", (30,), (30, 0), (30, None), float("nan"), float("inf"), 1e300, None]


@pytest.mark.parametrize("timeout", INVALID_TIMEOUTS)
def test_an_invalid_timeout_raises_an_error(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be a positive number of seconds"):
        invoiced.Client(KEY, timeout=timeout)


@pytest.mark.parametrize("retries", [-1, 1.5, "2", None])
def test_an_invalid_number_of_retries_raises_an_error(retries: Any) -> None:
    with pytest.raises(ValueError, match="max_retries must be"):
        invoiced.Client(KEY, max_retries=retries)


@pytest.mark.parametrize("key", ["", " ", "a b", "line\nbreak", "\u00e9", "x" * 256, 5])
def test_an_invalid_idempotency_key_raises_an_error_before_anything_is_sent(key: Any) -> None:
    with pytest.raises(ValueError, match="An idempotency key must be"):
        invoiced.Client(KEY).Customer.create(name="Acme", idempotency_key=key)


def test_a_parse_float_that_is_not_callable_raises_an_error() -> None:
    with pytest.raises(ValueError, match="parse_float must be a function"):
        invoiced.Client(KEY, parse_float="decimal")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_hosts_are_local(host: str) -> None:
    assert invoiced.is_local(host)


@pytest.mark.parametrize(
    "host",
    ["", "localhost.evil.test", "api.localhost", "127.0.0.1.evil.test", "127.1", "0.0.0.0", "[::1]", "::", "10.0.0.1"],
)
def test_other_hosts_are_not_local(host: str) -> None:
    assert not invoiced.is_local(host)

"""The emulator as a command: `python -m invoiced.emulator --port 8065 --data invoiced.db`."""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

from invoiced.display.escaping import one_line
from invoiced.emulator import Emulator
from invoiced.emulator.events.deliveries import WEBHOOK_SECRET
from invoiced.emulator.protocol.authentication import EMULATOR_KEY
from invoiced.emulator.server import health


def main(arguments: Sequence[str] | None = None, *, program: str = "python -m invoiced.emulator") -> int:
    """Serve until interrupted or terminated. Return the exit status."""
    try:
        try:
            options = _options(arguments, program)
            return _check_health(options) if options.health else _serve(options)
        finally:
            print(end="", flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python writes the rest when it exits.
        return _failed(f"The emulator cannot write its output: {error.strerror}")


def _check_health(options: argparse.Namespace) -> int:
    problem = health.problem_of(options.host, options.port)
    if problem:
        return _failed(problem)
    print("The emulator is healthy.")
    return 0


def _serve(options: argparse.Namespace) -> int:
    # An Event would wait for ever if a signal arrived while this thread holds the lock of the Event.
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: signals.put(number))
    try:
        emulator = Emulator(
            host=options.host,
            port=options.port,
            allowed_hosts=options.allowed_hosts,
            data=options.data,
            api_key=os.environ["INVOICED_API_KEY"] if options.check_key else None,
            idempotency=options.idempotency,
            max_concurrency=options.max_concurrency or None,
            documented_responses=options.documented_responses,
            offset_paging=options.offset_paging,
            auto_apply_credits=options.auto_apply_credits,
            after_subscription_nonpayment=options.after_subscription_nonpayment,
            webhook_secret=os.environ.get("INVOICED_WEBHOOK_SECRET") or WEBHOOK_SECRET,
            seed=options.seed,
        )
        emulator.start()  # Start first: if the port is in use, the data must not be replaced.
        if options.load:
            emulator.load(options.load)
        about_sample = _add_sample(emulator, options) if options.sample else ""
    except KeyError:
        return _failed("The emulator cannot start: --check-key requires INVOICED_API_KEY.")
    except (OSError, ValueError) as error:
        return _failed(f"The emulator cannot start: {error}")
    with emulator:
        for line in filter(None, (*_introduction(emulator, options), about_sample)):
            print(one_line(line), flush=True)
        if options.open and not webbrowser.open(emulator.url):
            print("No browser could be opened.", file=sys.stderr)
        while True:
            with suppress(queue.Empty):
                signals.get(timeout=1)  # On Windows, signals are only handled between two waits.
                return 0


def _add_sample(emulator: Emulator, options: argparse.Namespace) -> str:
    """Add a sample company, unless the data has one. Return which of both it was."""
    if emulator.has_sample:
        return "There is a sample company in the data already. No other one was added."
    try:
        emulator.load_sample(options.sample, **({} if options.seed is None else {"seed": options.seed}))
    except ValueError as error:
        raise ValueError(f"{error} Leave out --sample to start with these records.") from None
    return f"A sample company was added: {options.sample} customers, and a year of business."


def _introduction(emulator: Emulator, options: argparse.Namespace) -> Iterator[str]:
    yield f"The Invoiced API emulator listens on {emulator.url} (data: {options.data or 'in memory'})"
    key = "{API_KEY}" if options.check_key else "any key"
    yield f"See in a browser what is in the account: {emulator.url}/"
    yield f'Point a client at it: invoiced.Client("{key}", base_url="{emulator.url}")'
    variables = "" if options.check_key else "INVOICED_API_KEY=any-key "
    yield f"Point the command line at it: export {variables}INVOICED_BASE_URL={emulator.url}"
    if os.environ.get("INVOICED_WEBHOOK_SECRET"):
        yield "Webhooks are signed with the secret in INVOICED_WEBHOOK_SECRET."
    else:
        yield f'Webhooks are signed with the secret "{WEBHOOK_SECRET}", or with that in INVOICED_WEBHOOK_SECRET.'
    if not emulator.is_local:
        yield "It is open to all: whoever reaches this port can read and change all data, without a key."
        yield f"From another machine or container, use its name there, and the key {EMULATOR_KEY}."


def _failed(message: str) -> int:
    print(one_line(message), file=sys.stderr)
    return 1


def _options(arguments: Sequence[str] | None, program: str) -> argparse.Namespace:
    parser = _Parser(prog=program, usage="%(prog)s [options]", description="A stand-in for the Invoiced API.")
    parser.add_argument(
        "--host",
        type=_host,
        default="127.0.0.1",
        help="address to listen on, 0.0.0.0 for all: anyone who reaches it can read and change the data, without a key "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--allow-host",
        dest="allowed_hosts",
        action="append",
        default=[],
        metavar="NAME",
        help="serve requests for this name as well, for example emulator.example.com (may be repeated)",
    )
    parser.add_argument("--port", type=_port, default=8065, help="port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--data", metavar="FILE", help="store all data in this file (default: in memory)")
    parser.add_argument("--load", metavar="FILE", help="replace all data with this snapshot at startup")
    parser.add_argument(
        "--sample",
        type=_positive,
        metavar="CUSTOMERS",
        help="start with a sample company that has this many customers, and a year of business",
    )
    parser.add_argument(
        "--seed", type=int, metavar="NUMBER", help="make IDs, random faults and the sample company repeatable"
    )
    parser.add_argument("--open", action="store_true", help="show the account in a browser")
    parser.add_argument(
        "--no-idempotency", dest="idempotency", action="store_false", help="ignore Idempotency-Key headers"
    )
    parser.add_argument(
        "--max-concurrency",
        type=int,
        default=20,
        metavar="NUMBER",
        help="requests that an API key can have in flight, 0 for any number (default: %(default)s)",
    )
    parser.add_argument(
        "--documented-responses",
        action="store_true",
        help="respond to statements as the reference documents, and drop none",
    )
    parser.add_argument(
        "--auto-apply-credits", action="store_true", help="apply credits to each invoice when it is issued"
    )
    parser.add_argument(
        "--after-subscription-nonpayment",
        choices=["cancel"],
        help="cancel a subscription when AutoPay gives up an invoice of it",
    )
    parser.add_argument("--check-key", action="store_true", help="accept only the API key in INVOICED_API_KEY")
    parser.add_argument(
        "--health",
        action="store_true",
        help="start nothing: exit with 0 if an emulator responds at the host and port, else with 1",
    )
    parser.add_argument("--offset-paging", action="store_true", help="start pages at offsets; always count records")
    return parser.parse_args(arguments)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print why the arguments are invalid, on one line, and exit."""
        super().error(one_line(message))


def _host(text: str) -> str:
    if "@" in text:  # not repeated, because it may contain a password
        raise argparse.ArgumentTypeError("expected a host name or an IP address, without a user name and a password")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"invalid port {text!r} (expected 0 to 65535)")
    return int(text)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) not in range(1, 100_000):
        raise argparse.ArgumentTypeError(f"invalid number {text!r} (expected 1 to 99999)")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

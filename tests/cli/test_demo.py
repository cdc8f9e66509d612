"""`invoiced demo --open`, as a process."""

from __future__ import annotations

import signal
import sys

import pytest
import requests

from .conftest import Start


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_demo_shows_a_sample_company_in_a_browser_until_it_is_interrupted(start: Start) -> None:
    process = start("demo", "--open", BROWSER="true")
    assert process.stdout
    assert process.stderr
    line = next(line for line in process.stdout if line.startswith("It is shown at"))
    page = requests.get(line.split()[4])
    assert "206 customers" in page.text
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "Traceback" not in process.stderr.read()

"""A task that sends a customer's account statement, and never sends it twice.

celery --app celery_tasks worker --pool prefork --concurrency 2
"""

from __future__ import annotations

import celery

import invoiced

application = celery.Celery("billing")
# Celery repeats the task, so that no worker is busy waiting. The deadline is shorter than
# the time limit of the task.
client = invoiced.Client(max_retries=0, deadline=60)
# Seconds. A Redis broker repeats what waits longer than an hour (visibility timeout).
LONGEST_WAIT = 1800


@application.task(bind=True, max_retries=20, time_limit=90, acks_late=False)
def send_statement(
    self: celery.Task[..., list[str]], customer_id: int, subject: str
) -> list[str]:
    """Send it and answer the addresses that it went to."""
    customer = invoiced.Customer(client, customer_id)
    try:
        emails = customer.send_statement(subject=subject, idempotency_key=self.request.id)
    except invoiced.InvoicedError as error:
        too_soon = isinstance(error, invoiced.RateLimitError)
        if not (too_soon or error.request_sent is False):
            raise
        wait = 2.0**self.request.retries if error.retry_after is None else error.retry_after
        raise self.retry(exc=error, countdown=min(wait, LONGEST_WAIT)) from error
    return [email.email for email in emails]

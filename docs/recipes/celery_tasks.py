"""A task that sends a customer's account statement, and never sends it twice.

celery --app celery_tasks worker --pool prefork --concurrency 2
"""

from __future__ import annotations

import celery

import invoiced

application = celery.Celery("billing")
# Celery repeats the task, so that no worker is busy waiting. The deadline is shorter than the task's time limit.
client = invoiced.Client(max_retries=0, deadline=60)
LONGEST_WAIT = 1800  # seconds; a Redis broker hands out again what waits longer than its visibility timeout, an hour


@application.task(bind=True, max_retries=20, time_limit=90, acks_late=False)
def send_statement(self: celery.Task[..., list[str]], customer_id: int, subject: str) -> list[str]:
    """Send it and answer the addresses that it went to."""
    customer = invoiced.Customer(client, customer_id)
    try:
        emails = customer.send_statement(subject=subject, idempotency_key=self.request.id)
    except invoiced.InvoicedError as error:
        certainly_not_sent = error.request_sent is False or isinstance(error, invoiced.RateLimitError)
        if error.outcome_unknown or not certainly_not_sent:
            raise
        wait = 2.0**self.request.retries if error.retry_after is None else error.retry_after
        raise self.retry(exc=error, countdown=min(wait, LONGEST_WAIT)) from error
    return [email.email for email in emails]

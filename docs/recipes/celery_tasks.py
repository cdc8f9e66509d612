"""A Celery task that sends a customer's account statement at most once.

celery --app celery_tasks worker --pool prefork --concurrency 2
"""

from __future__ import annotations

import celery

import invoiced

application = celery.Celery("billing")
# Celery retries the task, so that no worker blocks while it waits. The deadline is shorter
# than the task's time limit.
client = invoiced.Client(max_retries=0, deadline=60)
# In seconds. A Redis broker redelivers a task after an hour (visibility timeout).
LONGEST_WAIT = 1800


@application.task(bind=True, max_retries=20, time_limit=90, acks_late=False)
def send_statement(self: celery.Task[..., None], customer_id: int, subject: str) -> None:
    """Send the statement. The API sends the e-mail after its response."""
    customer = invoiced.Customer(client, customer_id)
    try:
        customer.send_statement(subject=subject, idempotency_key=self.request.id)
    except invoiced.InvoicedError as error:
        rate_limited = isinstance(error, invoiced.RateLimitError)
        if not (rate_limited or error.request_sent is False):
            raise
        wait = 2.0**self.request.retries if error.retry_after is None else error.retry_after
        raise self.retry(exc=error, countdown=min(wait, LONGEST_WAIT)) from error

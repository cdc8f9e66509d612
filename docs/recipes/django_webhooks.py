"""A Django view that receives webhooks, signed with INVOICED_WEBHOOK_SECRET.

Add the URL to those of your project: path("", include("django_webhooks")).
"""

import logging
import os

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoiced import Event, webhooks

logger = logging.getLogger(__name__)
secret = os.environ["INVOICED_WEBHOOK_SECRET"]


@csrf_exempt  # the signature shows who sent the request
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    signature = request.headers.get("X-Invoiced-Signature")
    try:
        event = webhooks.verify(request.body, signature, secret)
    except webhooks.SignatureError as error:
        logger.warning("Refused a webhook: %s", error)
        return HttpResponse(status=400)
    handle(event)
    return HttpResponse(status=204)


def handle(event: Event) -> None:
    if event.type == "invoice.paid":
        logger.warning("Invoice %s was paid", event.data.object.number)


urlpatterns = [path("webhooks", receive)]

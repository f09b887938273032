#!/usr/bin/env bash
# Tool and version: Django REST framework 3.18.3, Django 5.2.19.
# Behaviour: a 429 normally says in Retry-After when the next request is allowed. After the rate was
#   lowered below what a client has already used, its 429 has neither the header nor a time in its
#   sentence, until enough of the old requests are out of the window.
# Output seen: before: Retry-After, "Request was throttled. Expected available in … seconds.";
#   after: no header, "Request was throttled."
# Why it matters: a client that waits for exactly the time in Retry-After must not take a missing
#   one for "now". The package reports that the time is unknown, and asks the free endpoint.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet Django==5.2.19 djangorestframework==3.18.3

venv/bin/python - 2>/dev/null <<'PYTHON'
import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
)
django.setup()

from rest_framework import renderers, throttling, views
from rest_framework.response import Response
from rest_framework.test import APIClient


class Throttle(throttling.AnonRateThrottle):
    rate = "15/hour"


class Count(views.APIView):
    throttle_classes, authentication_classes = [Throttle], []
    renderer_classes = [renderers.JSONRenderer]

    def get(self, request):
        return Response({"count": 0})


urlpatterns = [django.urls.path("", Count.as_view())]


def request():
    response = APIClient().get("/")
    return {
        "status": response.status_code,
        "Retry-After": "Retry-After" in response.headers,
        "seconds": "seconds" in response.json().get("detail", ""),
    }


for _ in range(15):
    request()
before = request()
Throttle.rate = "5/hour"
seen = [before, request()]
expected = [
    {"status": 429, "Retry-After": True, "seconds": True},
    {"status": 429, "Retry-After": False, "seconds": False},
]
print("seen:", seen)
if seen != expected:
    print("changed; expected:", expected)
    raise SystemExit(1)
PYTHON

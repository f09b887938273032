#!/usr/bin/env bash
# Tool and version: Django REST framework 3.18.3, Django 5.2.19.
# Behaviour: `?format=json` does not override the Accept header, it only narrows the renderers that
#   the header chooses from. With `Accept: text/html` alone, nothing is left, and the answer is 406.
# Output seen: Accept text/html 406; text/html,*/*;q=0.8 (a browser) 200; application/json 200.
# Why it matters: the address of a snapshot ends in `format=json`, and is meant to show the same
#   data anywhere. A link checker or proxy that asks for HTML alone reports it as broken.
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

from rest_framework import renderers, views
from rest_framework.response import Response
from rest_framework.test import APIClient


class Count(views.APIView):
    authentication_classes = []
    renderer_classes = [renderers.JSONRenderer, renderers.BrowsableAPIRenderer]

    def get(self, request):
        return Response({"count": 0})


urlpatterns = [django.urls.path("", Count.as_view())]
expected = {"text/html": 406, "text/html,*/*;q=0.8": 200, "application/json": 200}
seen = {
    accept: APIClient().get("/?format=json", HTTP_ACCEPT=accept).status_code for accept in expected
}
print("seen:", seen)
if seen != expected:
    print("changed; expected:", expected)
    raise SystemExit(1)
PYTHON

#!/usr/bin/env bash
# Tool and version: Django REST framework 3.18.3, django-filter 26.2, Django 5.2.19.
# Behaviour: with the usual filters and limit-offset pagination, an unknown ordering term, a boolean
#   that is not true or false, an unknown filter, and a limit that is too large or not a number are
#   all answered with 200, as if they were not there. A wrong number is a 400.
# Output seen: 20 records, 10 of them with in_space: `in_space=true` counts 10, `in_space=yes` 20;
#   `ordering=nmae` gives the default order; `limit=1000` 5 rows (the maximum), `limit=abc` 2 (the
#   default); `id=abc` 400.
# Why it matters: Launch Library 2 is made with it. A misspelt filter gives all records with a
#   plausible answer, so the package checks arguments itself before it sends a request.
# Needs: python3 with venv and pip.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet Django==5.2.19 djangorestframework==3.18.3 django-filter==26.2

venv/bin/python - <<'PYTHON'
import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework", "django_filters"],
    REST_FRAMEWORK={"UNAUTHENTICATED_USER": None},
)
django.setup()

from django.db import connection, models
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import filters, generics, pagination, renderers, serializers
from rest_framework.test import APIClient


class Craft(models.Model):
    in_space = models.BooleanField()

    class Meta:
        app_label = "fleet"


class CraftSerializer(serializers.ModelSerializer):
    class Meta:
        model = Craft
        fields = ["id", "in_space"]


class Pages(pagination.LimitOffsetPagination):
    default_limit, max_limit = 2, 5


class CraftList(generics.ListAPIView):
    queryset = Craft.objects.order_by("id")
    serializer_class, pagination_class = CraftSerializer, Pages
    renderer_classes, authentication_classes = [renderers.JSONRenderer], []
    filter_backends = [DjangoFilterBackend, filters.OrderingFilter]
    filterset_fields = ordering_fields = ["id", "in_space"]


urlpatterns = [django.urls.path("craft/", CraftList.as_view())]
with connection.schema_editor() as editor:
    editor.create_model(Craft)
Craft.objects.bulk_create(Craft(in_space=number % 2) for number in range(20))


def request(query):
    response = APIClient().get(f"/craft/?{query}")
    if response.status_code != 200:
        return response.status_code
    return response.json()["count"], [record["id"] for record in response.json()["results"]]


expected = {
    "in_space=true": (10, [2, 4]),
    "in_space=yes": (20, [1, 2]),
    "inspace=true": (20, [1, 2]),
    "ordering=-id": (20, [20, 19]),
    "ordering=-di": (20, [1, 2]),
    "limit=1000": (20, [1, 2, 3, 4, 5]),
    "limit=abc": (20, [1, 2]),
    "id=abc": 400,
}
seen = {query: request(query) for query in expected}
print("seen:", seen)
if seen != expected:
    raise SystemExit(f"changed; expected: {expected}")
PYTHON

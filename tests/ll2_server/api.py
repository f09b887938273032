"""The endpoints: `spacecraft/`, `docking_events/` and `api-throttle/`."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import Http404
from django.urls import re_path
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.ll2_server.modes import as_sent, normal, normal_event
from tests.ll2_server.rows import DockingEvent, Row, Spacecraft
from tests.ll2_server.throttle import Allowance, KeyAuthentication


class Pages(LimitOffsetPagination):
    """Pages of ten, or of up to `max_limit`; a larger limit is clamped without a word."""

    default_limit = 10

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list:
        """Return the rows of the requested page."""
        self.max_limit = request.server.max_limit
        return super().paginate_queryset(queryset, request, view)


class Filters(DjangoFilterBackend):
    """Makes filters, which take a fifth of the time of a request, where a request has any."""

    def get_filterset(self, request: Request, queryset: QuerySet, view: Any) -> Any:
        """Return the filters of the request."""
        names = {parameter.partition("__")[0] for parameter in request.query_params}
        if names.isdisjoint(view.filterset_fields):
            return None
        return super().get_filterset(request, queryset, view)


class PostgresOrdering(OrderingFilter):
    """Orders as LL2's database does: nulls after every value, and ties anew for each request."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        """Return the rows in the requested order, or in no useful one."""
        terms = self.get_ordering(request, queryset, view) or []
        return queryset.order_by(*(_postgres_term(term) for term in terms), "?")


def _postgres_term(term: str) -> OrderBy:
    column = F({"id": "spacecraft_id"}.get(name := term.removeprefix("-"), name))
    return column.desc(nulls_first=True) if term[0] == "-" else column.asc(nulls_last=True)


class PageRenderer(JSONRenderer):
    """Puts the texts of the records into the page."""

    def render(self, data: Any, *how: Any) -> bytes:
        """Return the page, or whatever else is answered, as JSON."""
        if "results" not in data:
            return super().render(data, *how)
        without = super().render(data | {"results": []})
        return without.removesuffix(b"]}") + b",".join(data["results"]) + b"]}"


class Listing(ListAPIView):
    """What the endpoints that cost have in common."""

    renderer_classes = (PageRenderer,)
    authentication_classes = (KeyAuthentication,)
    throttle_classes = (Allowance,)
    pagination_class = Pages
    filter_backends = (Filters, SearchFilter, PostgresOrdering)
    model: type[Row]
    shortened: Callable[[dict], dict]

    def get_queryset(self) -> QuerySet:
        """Return the texts of the server's own records: an object for each would take long."""
        rows = self.model.objects.filter(catalogue=self.request.server.catalogues[self.model])
        return rows.values_list("record", flat=True)

    def list(self, request: Request) -> Response:
        """Return a page of records in the mode and the format of the request."""
        query = request.query_params
        how = (query.get("format"), query.get("mode"), self.shortened)
        texts = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([as_sent(text, *how) for text in texts])


class SpacecraftView(Listing):
    """`/2.3.0/spacecraft/`."""

    model = Spacecraft
    shortened = staticmethod(normal)
    filterset_fields = ("in_space", "is_placeholder", "name", "spacecraft_config", "status")
    search_fields = ("name", "config_name")
    ordering_fields = ("flights_count", "id", "mission_ends_count", "time_docked", "time_in_space")


class DockingEventView(Listing):
    """`/2.3.0/docking_events/`, which can't be ordered by id.

    Of the many filters that LL2 documents it has the one by which events are paged.
    """

    model = DockingEvent
    shortened = staticmethod(normal_event)
    filterset_fields: ClassVar = {"docking": ["gte"]}
    ordering_fields = ("departure", "docking")


class ThrottleView(APIView):
    """`/2.3.0/api-throttle/`, which never counts."""

    authentication_classes = (KeyAuthentication,)

    def get(self, request: Request) -> Response:
        """Return the caller's rate limit."""
        if not request.server.throttle_endpoint:
            raise Http404
        return Response(Allowance().use(request))


# A client may request any version; the answer is of 2.3.0.
VERSION = r"^[0-9]\.[0-9]\.[0-9]"

urlpatterns = [
    re_path(rf"{VERSION}/spacecraft/$", SpacecraftView.as_view()),
    re_path(rf"{VERSION}/docking_events/$", DockingEventView.as_view()),
    re_path(rf"{VERSION}/api-throttle/$", ThrottleView.as_view()),
]

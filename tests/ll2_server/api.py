"""The endpoints: `spacecraft/`, `docking_events/` and `api-throttle/`."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.http import Http404
from django.urls import re_path
from django_filters import rest_framework as filters
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from tests.ll2_server.modes import normal, normal_event, record_in_format
from tests.ll2_server.rows import DockingEvent, Spacecraft
from tests.ll2_server.throttle import Allowance, KeyAuthentication, server_of


class Pages(LimitOffsetPagination):
    """Pages of ten, or of up to `max_limit`; a larger limit is clamped without a word."""

    default_limit = 10

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list:
        """Return the rows of the requested page."""
        self.max_limit = server_of(request).max_limit
        return super().paginate_queryset(queryset, request, view)


_forms: dict[type, Any] = {}


class Filters(filters.FilterSet):
    """Filters whose form is made once; to make it takes a fifth of the time of a request."""

    def get_form_class(self) -> Any:
        """Return the form that reads the values of the filters."""
        if type(self) not in _forms:
            _forms[type(self)] = super().get_form_class()
        return _forms[type(self)]


class SpacecraftFilter(Filters):
    """The five filters that LL2 documents."""

    in_space = filters.BooleanFilter()
    is_placeholder = filters.BooleanFilter()
    name = filters.CharFilter()
    spacecraft_config = filters.NumberFilter(field_name="config_id")
    status = filters.NumberFilter(field_name="status_id")


class DockingEventFilter(Filters):
    """The one filter by which events are paged, of the many that LL2 documents."""

    docking__gte = filters.IsoDateTimeFilter(field_name="docking", lookup_expr="gte")


class PostgresOrdering(OrderingFilter):
    """Orders as LL2's database does: nulls after every value, and nothing to settle a tie."""

    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        """Return the rows in the requested order, or in no useful one."""
        terms = self.get_ordering(request, queryset, view) or []
        return queryset.order_by(*(_postgres_term(term) for term in terms), _heap_order(request))


def _postgres_term(term: str) -> OrderBy:
    column = F({"id": "spacecraft_id"}.get(name := term.removeprefix("-"), name))
    return column.desc(nulls_first=True) if term[0] == "-" else column.asc(nulls_last=True)


def _heap_order(request: Request) -> Any:
    """Return an order of the rows' places, another one for each request."""
    server = server_of(request)
    prime = 2_147_483_647
    factor, shift = server.rng.randrange(1, prime), server.rng.randrange(prime)
    return ((F("place") * factor + shift) % prime).asc()


@lru_cache(maxsize=5_000)
def _as_sent(
    text: str, format: str | None, mode: str | None, shortened: Callable[[dict], dict]
) -> bytes:
    """Return the stored record as it is sent; the same text again costs nothing."""
    record = record_in_format(text, format)
    return JSONRenderer().render(record if mode == "detailed" else shortened(record))


class RecordSerializer(BaseSerializer):
    """Gives each row's text back as the record is sent."""

    shortened = staticmethod(normal)

    def to_representation(self, text: str) -> bytes:
        """Return the record in the mode and the format of the request."""
        query = self.context["request"].query_params
        return _as_sent(text, query.get("format"), query.get("mode"), self.shortened)


class EventSerializer(RecordSerializer):
    """Gives each row's text back as the docking event is sent."""

    shortened = staticmethod(normal_event)


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
    filter_backends = (filters.DjangoFilterBackend, SearchFilter, PostgresOrdering)


def texts(rows: QuerySet) -> QuerySet:
    """Return the records alone, since an object for each row takes longer than all else."""
    return rows.values_list("record", flat=True)


class SpacecraftView(Listing):
    """`/2.3.0/spacecraft/`."""

    serializer_class = RecordSerializer
    filterset_class = SpacecraftFilter
    search_fields = ("name", "config_name")
    ordering_fields = ("flights_count", "id", "mission_ends_count", "time_docked", "time_in_space")

    def get_queryset(self) -> QuerySet:
        """Return the texts of the server's own rows."""
        server = server_of(self.request)
        return texts(Spacecraft.objects.filter(catalogue=server.spacecraft_catalogue))


class DockingEventView(Listing):
    """`/2.3.0/docking_events/`, which can't be ordered by id."""

    serializer_class = EventSerializer
    filterset_class = DockingEventFilter
    ordering_fields = ("departure", "docking")

    def get_queryset(self) -> QuerySet:
        """Return the texts of the server's own rows."""
        server = server_of(self.request)
        return texts(DockingEvent.objects.filter(catalogue=server.docking_catalogue))


class ThrottleView(APIView):
    """`/2.3.0/api-throttle/`, which never counts."""

    authentication_classes = (KeyAuthentication,)

    def get(self, request: Request) -> Response:
        """Return the caller's rate limit."""
        if not server_of(request).throttle_endpoint:
            raise Http404
        return Response(Allowance().use(request))


# A client may request any version; the answer is of 2.3.0.
VERSION = r"^[0-9]\.[0-9]\.[0-9]"

urlpatterns = [
    re_path(rf"{VERSION}/spacecraft/$", SpacecraftView.as_view()),
    re_path(rf"{VERSION}/docking_events/$", DockingEventView.as_view()),
    re_path(rf"{VERSION}/api-throttle/$", ThrottleView.as_view()),
]

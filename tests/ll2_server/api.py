"""The endpoints: `spacecraft/`, `docking_events/` and `api-throttle/`."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import Case, F, FloatField, Model, QuerySet, Value, When
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
from rest_framework.settings import api_settings
from rest_framework.views import APIView, exception_handler

from tests.ll2_server.modes import grow, grow_event, normal, normal_event, record_in_format
from tests.ll2_server.rows import DockingEvent, Spacecraft
from tests.ll2_server.throttle import Allowance, KeyAuthentication, server_of
from tests.ll2_server.versions import PATHS, in_version, mode_of


class Pages(LimitOffsetPagination):
    """Pages of ten, or of up to `max_limit`; a larger limit is clamped without a word."""

    default_limit = 10

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list:
        """Return the rows of the requested page."""
        self.max_limit = server_of(request).max_limit
        return super().paginate_queryset(queryset, request, view)


class SpacecraftFilter(filters.FilterSet):
    """The five filters that LL2 documents."""

    in_space = filters.BooleanFilter()
    is_placeholder = filters.BooleanFilter()
    name = filters.CharFilter()
    spacecraft_config = filters.NumberFilter(field_name="config_id")
    status = filters.NumberFilter(field_name="status_id")


class DockingEventFilter(filters.FilterSet):
    """The filters that LL2 documents; of the instants all but equality."""

    docking__gt = filters.IsoDateTimeFilter(field_name="docking", lookup_expr="gt")
    docking__gte = filters.IsoDateTimeFilter(field_name="docking", lookup_expr="gte")
    docking__lt = filters.IsoDateTimeFilter(field_name="docking", lookup_expr="lt")
    docking__lte = filters.IsoDateTimeFilter(field_name="docking", lookup_expr="lte")
    docking_location__id = filters.NumberFilter(field_name="location_id")
    flight_vehicle_chaser__id = filters.NumberFilter(field_name="chaser_id")
    space_station_target__id = filters.NumberFilter(field_name="station_id")


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
    """Return an order of the rows' places, another one for each request if ties are scrambled."""
    server = server_of(request)
    if not server.scramble_ties:
        return F("place").asc()
    prime = 2_147_483_647
    factor, shift = server.rng.randrange(1, prime), server.rng.randrange(prime)
    return ((F("place") * factor + shift) % prime).asc()


@lru_cache(maxsize=5_000)
def _as_it_stands(
    text: str, format: str | None, version: str, mode: str, shortened: Callable[[dict], dict]
) -> bytes:
    """Return the stored record as it is sent; the same text again costs nothing."""
    return _as_sent(record_in_format(text, format, version), version, mode, shortened)


def _as_sent(record: dict, version: str, mode: str, shortened: Callable[[dict], dict]) -> bytes:
    sent = in_version(version, record if mode == "detailed" else shortened(record))
    return JSONRenderer().render(sent)


class RecordSerializer(BaseSerializer):
    """Gives each row back as the text of the record it was made of."""

    grown = staticmethod(grow)
    shortened = staticmethod(normal)

    def to_representation(self, row: Model) -> bytes:
        """Return the record in the mode and the format of the request."""
        request = self.context["request"]
        server, query = server_of(request), request.query_params
        mode = mode_of(server.version, self.context["view"].kwargs["path"], query.get("mode"))
        format = query.get("format")
        if not server.growth and not server.drift:
            return _as_it_stands(row.record, format, server.version, mode, self.shortened)
        record = record_in_format(row.record, format, server.version)
        if growth := server.growth + self._drift(record, server.drift):
            self.grown(record, growth, server.docked_now)
        return _as_sent(record, server.version, mode, self.shortened)

    def _drift(self, record: dict, drift: float) -> float:
        """Return how many seconds after the first record of the page this one is read."""
        before: int = self.context.get("craft_read", 0)
        # LL2 looks up each craft and each of its flights.
        self.context["craft_read"] = before + 1 + len(record.get("flights") or ())
        return before * drift


class EventSerializer(RecordSerializer):
    """Gives each row back as the docking event it was made of."""

    grown = staticmethod(grow_event)
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

    renderer_classes = (PageRenderer, *api_settings.DEFAULT_RENDERER_CLASSES[1:])
    authentication_classes = (KeyAuthentication,)
    throttle_classes = (Allowance,)
    pagination_class = Pages
    filter_backends = (filters.DjangoFilterBackend, SearchFilter, PostgresOrdering)


class SpacecraftView(Listing):
    """`/2.3.0/spacecraft/`, and what 2.4.0 has below it."""

    serializer_class = RecordSerializer
    filterset_class = SpacecraftFilter
    search_fields = ("name", "config_name")
    ordering_fields = ("flights_count", "id", "mission_ends_count", "time_docked", "time_in_space")

    def get_queryset(self) -> QuerySet:
        """Return the server's own rows, with the time in space that they have reached by now."""
        server = server_of(self.request)
        growth = Value(server.growth, FloatField())
        flown_since = Case(When(in_space=True, then=growth), default=Value(0.0, FloatField()))
        rows = Spacecraft.objects.filter(catalogue=server.spacecraft_catalogue)
        return rows.annotate(time_in_space=F("kept_time_in_space") + flown_since)


class DockingEventView(Listing):
    """`/2.3.0/docking_events/`, which nothing orders by id."""

    serializer_class = EventSerializer
    filterset_class = DockingEventFilter
    ordering_fields = ("departure", "docking")

    def get_queryset(self) -> QuerySet:
        """Return the server's own rows."""
        server = server_of(self.request)
        return DockingEvent.objects.filter(catalogue=server.docking_catalogue)


class ThrottleView(APIView):
    """`/2.3.0/api-throttle/`, which never counts."""

    authentication_classes = (KeyAuthentication,)

    def get(self, request: Request, path: str) -> Response:
        """Return the caller's rate limit, as one object or as a list of one."""
        server = server_of(request)
        moved = path != ("status/" if server.version == "2.4.0" else "")
        if moved or not server.throttle_endpoint:
            raise Http404
        use = Allowance().use(request)
        if server.next_use_secs is not None:
            use["next_use_secs"] = server.next_use_secs
        return Response([use] if server.throttle_shape == "list" else use)


def answer_to_error(error: Exception, context: dict) -> Response | None:
    """Return DRF's own answer to `error`, without a Retry-After if the server is to send none."""
    response = exception_handler(error, context)
    if response is not None and not server_of(context["request"]).retry_after:
        response.headers.pop("Retry-After", None)
    return response


# A client may request any version; the answer is of the version that the server speaks.
VERSION = r"^[0-9]\.[0-9]\.[0-9]"
PATH = "|".join(PATHS)

urlpatterns = [
    re_path(rf"{VERSION}/spacecraft/(?P<path>{PATH})$", SpacecraftView.as_view()),
    re_path(rf"{VERSION}/docking_events/(?P<path>{PATH})$", DockingEventView.as_view()),
    re_path(rf"{VERSION}/api-throttle/(?P<path>(status/)?)$", ThrottleView.as_view()),
]

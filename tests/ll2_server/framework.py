"""Django, configured once for the process, and its database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import django
from django.conf import settings
from django.db import connections

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    # An error of the stand-in's own has to be seen, not turned into a polite 500.
    DEBUG_PROPAGATE_EXCEPTIONS=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LOGGING_CONFIG=None,
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF="tests.ll2_server.api",
    SECRET_KEY="known to everyone, for it guards nothing",
    USE_I18N=False,
    USE_TZ=True,
)
django.setup()
logging.getLogger("django.request").disabled = True

# A database in memory belongs to one connection, which all threads use in turn.
_connection = connections["default"]
_connection.inc_thread_sharing()
_turn = Lock()


@contextmanager
def database() -> Iterator[None]:
    """Let this thread alone use the database."""
    with _turn:
        connections["default"] = _connection
        yield

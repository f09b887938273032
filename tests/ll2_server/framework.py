"""Django, configured once for the process."""

import atexit
import tempfile
from pathlib import Path

import django
from django.conf import settings

# A file, because a database in memory locks entire tables against its other threads.
_folder = tempfile.TemporaryDirectory(prefix="ll2_server_")
atexit.register(_folder.cleanup)

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(_folder.name) / "catalogues.sqlite3"),
            "OPTIONS": {
                # Nothing here outlives the process, so nothing waits for the disk.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
            },
        }
    },
    # An error of the stand-in's own has to be seen, not turned into a polite 500.
    DEBUG_PROPAGATE_EXCEPTIONS=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["rest_framework", "django_filters"],
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"nowhere": {"class": "logging.NullHandler"}},
        "loggers": {"django": {"handlers": ["nowhere"], "propagate": False}},
    },
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
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

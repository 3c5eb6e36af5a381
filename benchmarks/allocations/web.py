"""Our web application, watched by memray from its first import on. ALLOCATIONS names the file; its process id is added."""

import os

from memray import FileDestination, Tracker

Tracker(
    destination=FileDestination(f"{os.environ['ALLOCATIONS']}.{os.getpid()}"), native_traces=False
).__enter__()

from wsgi import app  # noqa: E402, what this imports is watched too

__all__ = ["app"]

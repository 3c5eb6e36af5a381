"""A port that tells the figures of this machine, web process or not: `python -m core.figures.exporter 127.0.0.1 9464`."""

from __future__ import annotations

import signal
import sys
from threading import Event

from prometheus_client import start_http_server

from core.figures.machine import join, registry_of
from core.settings import read_settings


def main(address: str, port: str) -> None:
    settings = read_settings()
    folder = settings.metrics_path
    join(folder, "exporter")
    asked_to_stop = Event()
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: asked_to_stop.set())
    server, thread = start_http_server(int(port), address, registry_of(folder))
    asked_to_stop.wait()
    server.shutdown()
    thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])

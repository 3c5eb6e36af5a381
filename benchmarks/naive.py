"""The pipeline that a typical project begins with: a Celery task for each certificate, which draws it and inserts a row.

It opens the background, draws with Pillow, saves PNG at 150 dpi and a thumbnail, draws again with ReportLab for the PDF, and
inserts one row. Fonts and connections are kept in each worker process, as a good one does. It runs in `.venv-bench`:

    celery -A benchmarks.naive worker      works
    python -m benchmarks.naive FIRST LAST  asks for the certificates from FIRST to before LAST

BROKER_URL, DATABASE_URL (as psycopg2 takes it) and NAIVE_MEDIA, a folder, say where.
"""

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg2
from celery import Celery
from celery.signals import worker_process_init

from benchmarks.peers import pillow, reportlab
from benchmarks.workload import recipient

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS naive_certificates (
        id bigserial PRIMARY KEY, serial text NOT NULL UNIQUE, recipient text NOT NULL, url text NOT NULL,
        pdf text NOT NULL, png text NOT NULL, thumbnail text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
    )"""
_INSERT: Final = """
    INSERT INTO naive_certificates (serial, recipient, url, pdf, png, thumbnail) VALUES (%s, %s, %s, %s, %s, %s)"""

app = Celery("naive", broker=os.environ.get("BROKER_URL"))
app.conf.task_default_queue = "naive"
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True


@worker_process_init.connect
def _begin(**_: object) -> None:
    reportlab.register_fonts()


@app.task(name="make_certificate")
def make_certificate(number: int) -> None:
    who = recipient(number)
    folder = Path(os.environ["NAIVE_MEDIA"])
    pdf, png, small = (folder / f"{who.serial}.{suffix}" for suffix in ("pdf", "png", "jpg"))

    image = pillow.paint(who, dpi=150)
    image.save(png, dpi=(150, 150))
    image.thumbnail((480, 480))
    image.save(small, quality=82)
    pdf.write_bytes(reportlab.draw(who))

    with _connection() as connection, connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            (who.serial, who.texts["name"], who.url, str(pdf), str(png), str(small)),
        )


@cache
def _connection() -> Any:
    return psycopg2.connect(os.environ["DATABASE_URL"])


def main() -> None:
    with _connection() as connection, connection.cursor() as cursor:
        cursor.execute(_TABLE)
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        make_certificate.delay(number)


if __name__ == "__main__":
    main()

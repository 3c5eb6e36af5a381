"""What every test may ask for.

Servers: one embedded set per pytest run, started when the first test asks; each pytest-xdist worker has a
database and Redis database numbers of its own on it. With `--given-servers`, all tests that ask for servers
(they are marked `given_servers`) run against DATABASE_URL, BROKER_URL and CACHE_URL instead: in a database
of their own that they create there, and in the Redis databases that the URLs name, which they empty (with
pytest-xdist: in those after them too).
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import structlog
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import create_engine, delete, make_url

from core import users
from core.callers import Caller, Role
from core.database import migrate
from core.models import Base, Template, TemplateVersion
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from core.storage import DiskStorage
from core.users import UserView
from embedded.seaweedfs import SeaweedFS
from embedded.servers import ServerUrls, servers
from tests.databases import own_database
from tests.parts import Queue, StillClock
from tests.proxy import Proxy
from tests.receivers import Receiver, receiving

if TYPE_CHECKING:
    from api.contract import Application

# Machines are shared and slow at times; how long an example takes is for benchmarks to say.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

_URLS = pytest.StashKey[ServerUrls]()
ON_S3 = pytest.mark.xdist_group("s3")
"""All that ask for the S3 server run in one pytest-xdist worker: it is no small program, and one is enough."""


# One line for each event; structlog's own way would draw every traceback with all its variables.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--given-servers",
        action="store_true",
        help="run the tests that ask for servers, against DATABASE_URL, BROKER_URL and CACHE_URL",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("given_servers"):
        config.stash[_URLS] = _given_urls()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        asked = getattr(item, "fixturenames", ())
        if "server_urls" in asked:
            item.add_marker("given_servers")
        if "s3_server" in asked:
            item.add_marker(ON_S3)
    if config.getoption("given_servers"):
        others = [item for item in items if not item.get_closest_marker("given_servers")]
        items[:] = [item for item in items if item.get_closest_marker("given_servers")]
        config.hook.pytest_deselected(items=others)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist's controller starts the servers and tells its workers where they are."""
    node.workerinput["server_urls"] = asdict(_shared_urls(node.config))


@pytest.fixture(scope="session")
def server_urls(pytestconfig: pytest.Config) -> Iterator[ServerUrls]:
    """An empty database, a broker and a cache that this process has for itself."""
    shared = _shared_urls(pytestconfig)
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    with own_database(make_url(shared.database_url), f"certmill_tests_{worker}") as database_url:
        yield ServerUrls(
            database_url=database_url,
            broker_url=_redis_database(shared.broker_url, 2 * worker),  # broker and cache may be one server
            cache_url=_redis_database(shared.cache_url, 2 * worker),
        )


@pytest.fixture(scope="session")
def migrated_urls(server_urls: ServerUrls) -> ServerUrls:
    """Servers whose database has its tables."""
    engine = create_engine(server_urls.database_url)
    migrate(engine)
    engine.dispose()
    return server_urls


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A real S3 server with a bucket. Tests keep apart by prefix."""
    server = SeaweedFS(tmp_path_factory.mktemp("s3"), durable=False)
    server.start()
    server.wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def proxy(s3_server: SeaweedFS) -> Iterator[Proxy]:
    with Proxy(s3_server.port) as proxy:
        yield proxy


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server, for settings that let webhooks go to this machine."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """`mounted("tmpfs", size="1m")`: an empty file system of its own, for as long as the test runs."""
    folders: list[Path] = []

    def mount(kind: str, **options: str) -> Path:
        if os.geteuid() != 0:
            pytest.skip("only root may mount file systems")
        folder = tmp_path / f"mounted-{len(folders)}"
        folder.mkdir()
        said = ",".join(f"{name}={value}" for name, value in options.items())
        command = ["mount", "-t", kind, "-o", said, kind, str(folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this machine lets not even root mount file systems: {done.stderr.strip()}")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def queue() -> Queue:
    """Where `runtime.send` puts its messages; `queue.work(runtime)` does what workers would."""
    return Queue()


@pytest.fixture
def settings(migrated_urls: ServerUrls, tmp_path: Path) -> Settings:
    media = tmp_path / "media"
    media.mkdir()
    return Settings(
        **asdict(migrated_urls),
        media_url=media.as_uri(),
        secret_key="the secret of tests, long enough for real",
        public_url="https://certmill.example",
    )


@pytest.fixture
def runtime(settings: Settings, clock: StillClock, queue: Queue) -> Iterator[Parts]:
    """Real parts on real servers with nothing in them but the built-in templates."""
    parts = build_runtime(settings, send=queue, clock=clock)
    _empty(parts)
    yield parts
    _close(parts)


@pytest.fixture(scope="session")
def built_in_media(migrated_urls: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish the built-in templates, once; the folder of the media that they show."""
    from core.templates.builtin import publish_builtin

    media = tmp_path_factory.mktemp("built-in")
    settings = Settings(**asdict(migrated_urls), media_url=media.as_uri(), secret_key="-" * 32)
    parts = build_runtime(settings, send=Queue(), clock=StillClock())
    publish_builtin(parts)
    _close(parts)
    return media


@pytest.fixture
def built_in_templates(built_in_media: Path, runtime: Parts) -> None:
    """The templates of templates/ are there, as in every deployment."""
    shown = DiskStorage(built_in_media)
    runtime.storage.put({file.key: (shown.root / file.key).read_bytes() for file in shown.walk()})


@pytest.fixture
def app(runtime: Parts) -> "Application":
    from api.app import create_app  # with every view and model: only for the tests that ask

    return create_app(runtime)


@pytest.fixture
def client(app: "Application") -> FlaskClient:
    return app.test_client()


@pytest.fixture
def add_user(runtime: Parts) -> Callable[[Role, str], UserView]:
    """`add_user("manager", "Meera")`"""

    def add(role: Role, name: str) -> UserView:
        with runtime.sessions.begin() as session:
            return users.create_user(session, name=name, email=None, role=role, now=runtime.clock())

    return add


@pytest.fixture
def give_key(runtime: Parts) -> Callable[..., str]:
    """`give_key(user, scopes={"read"})`: what this user's programs send."""

    def give(user: UserView, **options: Any) -> str:
        with runtime.sessions.begin() as session:
            key = users.create_key(session, user_id=user.id, name="tests", now=runtime.clock(), **options)
        return key.secret

    return give


@pytest.fixture
def admin(add_user: Callable[[Role, str], UserView]) -> UserView:
    return add_user("admin", "Adya")


@pytest.fixture
def admin_key(admin: UserView, give_key: Callable[..., str]) -> str:
    return give_key(admin)


@pytest.fixture
def user(add_user: Callable[[Role, str], UserView]) -> UserView:
    return add_user("user", "Uma")


@pytest.fixture
def caller(user: UserView) -> Caller:
    """`user`, as core asks for whoever calls it."""
    return Caller(user.id, user.role, user.name)


@pytest.fixture
def user_key(user: UserView, give_key: Callable[..., str]) -> str:
    return give_key(user)


@pytest.fixture(scope="session")
def debian_tool() -> Callable[[str], Path]:
    """The path of a program that Debian packages: `debian_tool("pdftotext")`.

    Where there is none the test skips; in CI, which installs them, it fails.
    """

    def find(program: str) -> Path:
        path = shutil.which(program)
        if path is None:
            reason = f"no {program} on this machine; `.ci/run` installs it"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return Path(path)

    return find


def _shared_urls(config: pytest.Config) -> ServerUrls:
    """The servers of this pytest run."""
    if hasattr(config, "workerinput"):
        return ServerUrls(**config.workerinput["server_urls"])
    if _URLS not in config.stash:
        config.stash[_URLS] = _started(config)
    return config.stash[_URLS]


def _started(config: pytest.Config) -> ServerUrls:
    stack = contextlib.ExitStack()
    config.add_cleanup(stack.close)
    var = stack.enter_context(tempfile.TemporaryDirectory(prefix="certmill-tests-"))
    return stack.enter_context(servers(Path(var), durable=False)).urls


def _given_urls() -> ServerUrls:
    names = ("DATABASE_URL", "BROKER_URL", "CACHE_URL")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise pytest.UsageError(f"--given-servers needs {', '.join(missing)} in the environment")
    database_url, broker_url, cache_url = (os.environ[name] for name in names)
    return ServerUrls(database_url, broker_url, cache_url)


def _redis_database(url: str, further: int) -> str:
    parsed = make_url(url)
    number = int(parsed.database or 0) + further
    return parsed.set(database=str(number)).render_as_string(hide_password=False)


def _close(parts: Parts) -> None:
    parts.storage_use.hand_over()
    parts.engine.dispose()
    parts.cache.close()
    parts.decoder.close()


def _empty(parts: Parts) -> None:
    """Leave the tables, and the built-in templates that took a while to publish."""
    of_somebody = {
        Template.__table__: Template.owner_id.is_not(None),
        TemplateVersion.__table__: TemplateVersion.created_by.is_not(None),
    }
    with parts.sessions.begin() as session:
        for table in reversed(Base.metadata.sorted_tables):
            rows = delete(table)
            session.execute(rows.where(of_somebody[table]) if table in of_somebody else rows)
    for url in (parts.settings.broker_url, parts.settings.cache_url):
        with Redis.from_url(url) as server:
            server.flushdb()

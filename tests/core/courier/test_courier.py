"""Against real servers on this machine; names are resolved by a function that the test gives."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from core.courier import Courier, Failure, Reply
from core.courier.addresses import Address
from core.courier.line import MAX_BODY
from tests.receivers import Handler, Received, Receiver, answering, make_certificate, receiving

HOST = "hooks.example"
HERE = [ip_address("127.0.0.1")]


class Resolver:
    """Answers with one list after another, the last one for ever; and counts."""

    def __init__(self, *answers: Sequence[Address]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def post_once(
    courier: Courier, url: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Reply | Failure:
    with courier.round() as post:
        return post(url, headers or {}, body)


@pytest.fixture(scope="session")
def certificate(
    debian_tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return make_certificate(debian_tool("openssl"), tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def receiver(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[Receiver]:
    """It has the certificate of hooks.example."""
    with receiving(tls=certificate[0]) as receiver:
        yield receiver


@pytest.fixture
def send(
    receiver: Receiver, certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> Callable[..., Reply | Failure]:
    """`send(host=…, resolve=…)`: a POST to the receiver under that name, with little patience."""

    def post(
        *,
        host: str = HOST,
        resolve: Callable[[str, int], Sequence[Address]] | None = None,
        trust: ssl.SSLContext = certificate[1],
        allows_loopback: bool = True,
        body: bytes = b"{}",
    ) -> Reply | Failure:
        courier = Courier(
            allows_loopback=allows_loopback,
            resolve=resolve or Resolver(HERE),
            trust=trust,
            connect_seconds=0.5,
            total_seconds=1.0,
        )
        return post_once(courier, f"https://{host}:{receiver.port}/hook?a=1", {"X-Mine": "1"}, body)

    return post


def test_it_goes_to_the_checked_address_under_the_name_that_was_meant(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    reply = send(body=b'{"a": 1}')
    assert isinstance(reply, Reply)
    assert reply.status == 204
    (came,) = receiver.received
    assert (came.path, came.body) == ("/hook?a=1", b'{"a": 1}')
    assert came.headers["Host"] == f"{HOST}:{receiver.port}"
    assert came.headers["X-Mine"] == "1"
    assert came.server_name == HOST


def test_a_name_is_resolved_once_whatever_it_would_answer_next(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    resolver = Resolver(HERE, [ip_address("10.0.0.1")])
    assert isinstance(send(resolve=resolver), Reply)
    assert resolver.asked == [HOST]


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "::1", "10.0.0.1"])
def test_a_name_that_leads_inside_is_never_connected_to(
    send: Callable[..., Reply | Failure], receiver: Receiver, inside: str
) -> None:
    for answer in ([inside], ["1.1.1.1", inside]):
        failure = send(resolve=Resolver([ip_address(each) for each in answer]), allows_loopback=False)
        assert isinstance(failure, Failure)
        assert failure.code == "not_public"
    assert receiver.received == []


def test_a_name_rebound_between_two_deliveries_is_checked_anew(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    resolver = Resolver(HERE, [ip_address("10.0.0.1")])
    assert isinstance(send(resolve=resolver), Reply)
    failure = send(resolve=resolver)
    assert isinstance(failure, Failure)
    assert failure.code == "not_public"
    assert len(receiver.received) == 1


def test_plain_http_stays_on_this_machine_whatever_its_name_says(receiver: Receiver) -> None:
    resolver = Resolver([ip_address("1.1.1.1")])
    failure = post_once(Courier(allows_loopback=True, resolve=resolver), "http://localhost/")
    assert isinstance(failure, Failure)
    assert failure.code == "not_https"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(
    send: Callable[..., Reply | Failure], receiver: Receiver, status: int
) -> None:
    receiver.behave = answering(status, Location=f"https://{HOST}:{receiver.port}/elsewhere")
    reply = send()
    assert isinstance(reply, Reply)
    assert reply.status == status
    assert len(receiver.received) == 1


def test_proxies_of_the_environment_are_not_asked(
    send: Callable[..., Reply | Failure], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(send(), Reply)


def test_a_certificate_for_another_name_or_by_nobody_known_is_refused(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    for failure in (send(host="other.example"), send(trust=ssl.create_default_context())):
        assert isinstance(failure, Failure)
        assert failure.code == "tls"
        assert "certificate" in failure.detail
    assert receiver.received == []


def test_of_an_endless_body_64_kib_are_read(send: Callable[..., Reply | Failure], receiver: Receiver) -> None:
    def go_on(handler: Handler, _: Received) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"more " * 1000)

    receiver.behave = go_on
    reply = send()
    assert isinstance(reply, Reply)
    assert (reply.status, len(reply.body)) == (200, MAX_BODY)


def test_a_body_that_says_it_is_packed_is_not_unpacked(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    bomb = gzip.compress(bytes(1 << 24))
    receiver.behave = answering(200, bomb, Content_Encoding="gzip")
    reply = send()
    assert isinstance(reply, Reply)
    assert reply.body == bomb[:MAX_BODY]
    assert receiver.received[0].headers["Accept-Encoding"] == "identity"


def trickle_headers(handler: Handler, _: Received) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        handler.wfile.write(b"X-%d: 1\r\n" % number)
        time.sleep(0.05)


def say_nothing(handler: Handler, _: Received) -> None:
    time.sleep(3)


@pytest.mark.parametrize("behave", [trickle_headers, say_nothing])
def test_who_does_not_come_to_the_end_is_cut_off(
    send: Callable[..., Reply | Failure], receiver: Receiver, behave: Callable[[Handler, Received], None]
) -> None:
    receiver.behave = behave
    failure = send()
    assert isinstance(failure, Failure)
    assert failure.code == "timeout"
    assert failure.seconds < 2


def test_a_status_in_time_counts_though_its_body_trickles(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    def trickle(handler: Handler, _: Received) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b".")
            time.sleep(0.05)

    receiver.behave = trickle
    reply = send()
    assert isinstance(reply, Reply)
    assert reply.status == 200
    assert 0 < len(reply.body) < 40


def test_who_hangs_up_or_speaks_something_else_has_not_answered(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    def hang_up(handler: Handler, _: Received) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    def babble(handler: Handler, _: Received) -> None:
        handler.wfile.write(b"220 mail.example ESMTP\r\n" * 10)
        handler.close_connection = True

    for behave in (hang_up, babble):
        receiver.behave = behave
        failure = send()
        assert isinstance(failure, Failure)
        assert failure.code == "no_answer"


def test_a_handshake_that_never_comes_costs_the_time_to_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        courier = Courier(allows_loopback=True, resolve=Resolver(HERE), connect_seconds=0.3)
        failure = post_once(courier, f"https://{HOST}:{mute.getsockname()[1]}/")
    assert isinstance(failure, Failure)
    assert failure.code == "connect_timeout"
    assert failure.seconds < 2


def test_a_name_server_that_never_answers_costs_the_time_to_connect() -> None:
    answer = threading.Event()

    def wait(host: str, port: int) -> Sequence[Address]:
        answer.wait(10)
        return HERE

    failure = post_once(Courier(allows_loopback=True, resolve=wait, connect_seconds=0.2), f"https://{HOST}/")
    answer.set()
    assert isinstance(failure, Failure)
    assert failure.code == "connect_timeout"


def test_nobody_there_and_no_such_name_are_told_apart() -> None:
    def unknown(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(-2, "Name or service not known")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = post_once(Courier(allows_loopback=True, resolve=Resolver(HERE)), f"https://{HOST}:{port}/")
    nowhere = post_once(Courier(allows_loopback=True, resolve=unknown), f"https://{HOST}/")
    assert isinstance(refused, Failure)
    assert isinstance(nowhere, Failure)
    assert (refused.code, nowhere.code) == ("connect", "connect")
    assert "refused" in refused.detail
    assert "no such host" in nowhere.detail


def test_a_second_address_is_tried_where_nobody_answers_at_the_first(
    send: Callable[..., Reply | Failure], receiver: Receiver
) -> None:
    assert isinstance(send(resolve=Resolver([ip_address("127.0.0.2"), *HERE])), Reply)


def test_requests_of_one_round_share_a_connection_and_its_resolving(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext], receiver: Receiver
) -> None:
    resolver = Resolver(HERE)
    courier = Courier(allows_loopback=True, resolve=resolver, trust=certificate[1])
    url = f"https://{HOST}:{receiver.port}/"
    receiver.behave = answering(200, b"thanks")
    for _ in range(2):
        with courier.round() as post:
            assert [post(url, {}, b"1"), post(url, {}, b"2")] != []
    assert len(receiver.received) == 4
    assert len({each.client for each in receiver.received}) == len(resolver.asked) == 2


@pytest.mark.parametrize("headers", [{"Connection": "close"}, {"Content_Length": "100000"}])
def test_a_connection_that_can_carry_no_more_is_not_used_again(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext], receiver: Receiver, headers: dict[str, str]
) -> None:
    courier = Courier(allows_loopback=True, resolve=Resolver(HERE), trust=certificate[1])
    receiver.behave = answering(200, b"." * 100_000, **headers)
    with courier.round() as post:
        for _ in range(3):
            outcome = post(f"https://{HOST}:{receiver.port}/", {}, b"")
            assert isinstance(outcome, Reply)
    assert len({each.client for each in receiver.received}) == 3


def test_a_connection_that_the_other_side_closed_meanwhile_is_not_used_again(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext], receiver: Receiver
) -> None:
    closed = threading.Event()

    def answer_and_close(handler: Handler, _: Received) -> None:
        handler.answer(204)
        handler.connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    receiver.behave = answer_and_close
    courier = Courier(allows_loopback=True, resolve=Resolver(HERE), trust=certificate[1])
    with courier.round() as post:
        for _ in range(3):
            closed.clear()
            assert isinstance(post(f"https://{HOST}:{receiver.port}/", {}, b""), Reply)
            assert closed.wait(5)

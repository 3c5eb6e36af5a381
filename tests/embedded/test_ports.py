"""Ports: free, and ours among programs that ask for theirs at the same moment."""

import socket
import sys

import pytest

from embedded.errors import EmbeddedError
from embedded.ports import Ports, free_port

HOST = "127.0.0.1"


@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere nothing stands for a port that nobody listens on yet"
)
def test_two_programs_that_start_together_get_different_ports() -> None:
    with Ports() as one, Ports() as other:
        assert one.take("PORT", {}, HOST, 21000) != other.take("PORT", {}, HOST, 21000)


def test_a_port_is_free_again_when_the_block_ends() -> None:
    port = str(free_port())
    for _ in range(2):
        with Ports() as ports:
            assert ports.take("PORT", {"PORT": port}, HOST, 1) == int(port)


def test_a_port_that_somebody_listens_on_is_passed_over() -> None:
    with socket.create_server((HOST, 0)) as somebody, Ports() as ports:
        taken = somebody.getsockname()[1]
        assert ports.take("PORT", {}, HOST, taken) > taken
        with pytest.raises(EmbeddedError, match=f"port {taken} already.*FLOWER_PORT="):
            ports.take("FLOWER_PORT", {"FLOWER_PORT": str(taken)}, HOST, 1)

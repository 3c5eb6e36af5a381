from __future__ import annotations

from ipaddress import ip_address

import pytest

from core.courier.addresses import AddressRefused, check_addresses, is_public, parse_target

INSIDE = """
    127.0.0.1 127.1.2.3 127.255.255.255 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
    169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
    192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    168.63.129.16
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1
    2001:10::1 2001:20::1 2001:db8::1 2001:db8:ffff::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:808:808::1 3fff::1 4000::1 5f00::1
    fc00::1 fd00::1 fd00:ec2::254 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 ff02::1 ff0e::1
""".split()  # noqa: SIM905, sixty lines would not be easier to look through

OUTSIDE = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.1.1 172.15.1.1 172.32.0.1
    192.0.1.1 192.167.1.1 192.169.0.1 198.17.1.1 198.20.0.1 223.255.255.255 2001:200::1 2400:cb00::1 2606:4700::1111 2a00:1450::1
""".split()  # noqa: SIM905

HOSTS = """
    2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 017700000001 127.1 127.0.1 0 0x0 127.0.0.1. 1.2.3 256.256.256.256 1.1.1.1.1
    localhost LOCALHOST localhost. a.localhost metadata metadata.google.internal printer.local db.corp router.home.arpa intranet
    [::1] [::] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:1] [fe80::1%25eth0] [fe80::1%eth0] [64:ff9b::7f00:1] [2002:7f00:1::]
    [::127.0.0.1] 169.254.169.254 ①②⑦.0.0.1 １２７.0.0.1 127。0。0。1 ⓛocalhost
""".split()  # noqa: SIM905
"""This machine and its neighbours, in all the ways in which somebody's library reads them."""

WRITTEN = [
    *(f"https://{host}/" for host in HOSTS),
    # addresses that two readers read differently
    "https://good.example@127.0.0.1/",
    "https://127.0.0.1#@good.example/",
    "https://good.example\\@127.0.0.1/",
    "https://good.example\\.evil.example/",
    "https://good.example:443@127.0.0.1/",
    "https://good.example%2f@127.0.0.1/",
    "https://127.0.0.1%00.good.example/",
    "https://good.example\t.evil.example/",
    "https://good.example\r\nHost: 127.0.0.1/",
    "https:///127.0.0.1/",
    "https:127.0.0.1",
    "https://:443/",
    "https://[::1",
    "https://good.example:0/",
    "https://good.example:65536/",
    "https://good.example:x/",
    "https://-good.example/",
    "https://" + "a" * 64 + ".example/",
    "https://good.example/" + "a" * 2000,
    # other ways than https
    "http://good.example/",
    "http://1.1.1.1/",
    "http://127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://good.example/",
    "//good.example/",
    "good.example",
    "",
]


def test_there_are_at_least_sixty_four_forms_of_addresses_inside() -> None:
    assert len(set(INSIDE)) >= 64


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_never_connected_to(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside_may_be(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("url", WRITTEN)
def test_an_address_that_is_evidently_none_of_the_worlds_is_refused_at_once(url: str) -> None:
    with pytest.raises(AddressRefused):
        parse_target(url, allows_loopback=False)


def test_a_name_with_one_foot_inside_is_refused_whole() -> None:
    with pytest.raises(AddressRefused):
        check_addresses([ip_address("1.1.1.1"), ip_address("10.0.0.1")], allows_loopback=False)


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://Hooks.Example/in?a=1&b=%20", "hooks.example", "/in?a=1&b=%20"),
        ("https://hooks.example:8443", "hooks.example:8443", "/"),
        ("https://hooks.example:443/x", "hooks.example", "/x"),
        ("https://1.1.1.1/x", "1.1.1.1", "/x"),
        ("https://[2606:4700::1111]:8443/x", "[2606:4700::1111]:8443", "/x"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/"),
    ],
)
def test_an_address_is_taken_apart(url: str, authority: str, path: str) -> None:
    target = parse_target(url, allows_loopback=False)
    assert (target.scheme, target.authority, target.path) == ("https", authority, path)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost/", "http://[::1]/", "https://localhost/"]
)
def test_a_deployment_may_allow_its_own_machine_and_nothing_else(url: str) -> None:
    parse_target(url, allows_loopback=True)
    with pytest.raises(AddressRefused):
        parse_target(url, allows_loopback=False)
    for other in (
        "http://10.0.0.1/",
        "http://good.example/",
        "https://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
    ):
        with pytest.raises(AddressRefused):
            parse_target(other, allows_loopback=True)

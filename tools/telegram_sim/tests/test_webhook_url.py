"""What is a webhook's URL, by the rules of td's HttpUrl.cpp."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from telegram_sim.core.webhook.url import address_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.b/hook", "https://a.b:443/hook"),
        ("HTTP://A.b:0080", "http://a.b:80/"),
        ("a.b", "https://a.b:443/"),
        ("localhost:8443/x?y=z", "https://localhost:8443/x?y=z"),
        ("a.b?to=http://c.d/", "https://a.b:443/?to=http://c.d/"),
        ("https://user:pass@a.b/x", "https://user:pass@a.b:443/x"),
        ("http://[::1]:88/x", "http://[::1]:88/x"),
        ("http://a.b/a b\n ", "http://a.b:80/a%20b"),
        ("http://a.b/%41%2f", "http://a.b:80/%41%2f"),
        ("http://bücher.example/", "http://xn--bcher-kva.example:80/"),
    ],
)
def test_the_address_is_what_the_bot_gave(url: str, address: str) -> None:
    assert str(address_of(url)) == address


@pytest.mark.parametrize(
    "url",
    [
        *("", "http://", "ftp://a.b/", "://a.b", "http:///x", "https://?x", "http://.", "http://:80/"),
        *("http://a.b:/", "http://a.b:0/", "http://a.b:65536/", "http://a.b:-1/", "http://a.b:x/"),
        *("http://a b/", 'http://a"b/', "http://a<b/", "http://a\x00b/", "http://a%2/", "http://u^@a.b/"),
        *("http://[::1/", "http://[x]/", "http://[fe80::1%25eth0]/", "http://a[b]/", "http://a::1]/"),
    ],
)
def test_what_is_no_url_of_a_webhook(url: str) -> None:
    assert address_of(url) is None


@given(st.one_of(st.text(), st.from_regex(r"(https?://)?[a-zA-Z0-9.:@\[\]%_-]{0,20}[/?#]?.{0,9}", fullmatch=True)))
def test_what_is_taken_can_be_posted_to(url: str) -> None:
    address = address_of(url)
    if address is not None:
        posted = URL(str(address), encoded=True)
        assert posted.scheme == ("https" if address.secure else "http")
        assert posted.raw_host == address.host.strip("[]")
        assert posted.port == address.port
        assert posted.raw_path_qs.startswith("/")

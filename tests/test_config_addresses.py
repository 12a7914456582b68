"""Addresses on other servers: which are accepted, where names may stand in them, and whose they are."""

from __future__ import annotations

import pytest

from igbuild.config.addresses import check_endpoint, check_redirect, origin_of, places


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://lab.example", "https://lab.example"),
        ("https://Lab.Example:8443/take?study=3", "https://lab.example:8443"),
        ("http://[::1]:8000/in", "http://[::1]:8000"),
        ("https://lab.example?x", "https://lab.example"),
    ],
)
def test_an_endpoint_is_an_address_with_an_origin(address: str, origin: str) -> None:
    assert origin_of(check_endpoint(address)) == origin


@pytest.mark.parametrize(
    "address",
    [
        "lab.example/take",
        "ftp://lab.example",
        "https://",
        "https:///take",
        "https://lab.example/a b",
        "https://lab.example/#a",
        "https://lab.example; script-src *",
        "https://me:secret@lab.example/",
        "javascript:alert(1)",
    ],
)
def test_an_endpoint_is_nothing_else(address: str) -> None:
    with pytest.raises(ValueError, match="it must be an address"):
        check_endpoint(address)


def test_names_stand_behind_the_host_of_a_redirect() -> None:
    address = "https://survey.example:80/{mood}/end?id={participant}&x=%7B#{id}{id}"
    assert check_redirect(address) == address
    assert places(address) == ["mood", "participant", "id", "id"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://{participant}.example/", "in its host"),
        ("https://survey.example:{port}/", "in its host"),
        ("https://{participant}", "in its host"),
        ("https://survey.example/{a", "lone '{'; write %7B"),
        ("https://survey.example/a}", "lone '}'; write %7D"),
        ("https://survey.example/{a{b}}", "lone '{'"),
        ("javascript:location='https://x/{a}'", "must begin with"),
        ("//survey.example/", "must begin with"),
        ("https://survey.example/a b", "must be an address"),
        ("https://me@survey.example/", "must be an address"),
        ("https://survey.example\\@evil.example/", "must be an address"),
    ],
)
def test_a_redirect_leads_to_one_host_on_the_web(address: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_redirect(address)

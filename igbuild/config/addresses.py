"""Addresses that the TOML may name: on other servers, with places that a page fills in, or this one's own.

The checks raise ValueError with the end of a sentence that begins with the setting's name.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

_ADDRESS: Final = re.compile(r"(https?://[A-Za-z0-9.\[\]:-]+)([/?][!-~]*)?")
_HOST: Final = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9])?")
_PLACE: Final = re.compile(r"\{([^{}]*)\}|[{}]")


def as_sent(host: str) -> str:
    """Return a host's name as browsers send it: in lower case, an IPv6 address in brackets."""
    try:
        return f"[{IPv6Address(host.strip('[]'))}]"
    except ValueError:
        return host.lower()


def check_host(text: str) -> str:
    """Accept a name by which a server is reached; `*.name` stands for every name below."""
    name = as_sent(text)
    if name.startswith("[") or _HOST.fullmatch(name):
        return name
    raise ValueError(
        f'is {text!r}; it must be a name without port, as "games.lab.example",'
        ' or "*.lab.example" for every name below'
    )


def check_endpoint(text: str) -> str:
    """Accept an address that pages can post to."""
    found = _ADDRESS.fullmatch(text)
    if found is None or "#" in text:
        raise ValueError(f'is {text!r}; it must be an address, as "https://lab.example/take"')
    return text


def check_redirect(text: str) -> str:
    """Accept an address whose host nobody can change, with `{names}` in what follows it."""
    scheme, colon, rest = text.partition("://")
    if not colon or scheme not in ("http", "https"):
        raise ValueError(f'is {text!r}; it must begin with "https://" or "http://"')
    host, path = re.fullmatch(r"([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
    if "{" in host:
        raise ValueError(f"has a name in its host, {host!r}; names may stand only behind the host")
    for place in _PLACE.finditer(path):
        if place[1] is None:
            written = "%7B" if place[0] == "{" else "%7D"
            raise ValueError(f"has a lone {place[0]!r}; write {written} for a brace")
    plain = _PLACE.sub("", path)
    if not _ADDRESS.fullmatch(f"{scheme}://{host}{plain}"):
        raise ValueError(
            f'is {text!r}; it must be an address, as "https://survey.example/end?id={{participant}}"'
        )
    return text


def places(address: str) -> list[str]:
    """Return the `{names}` of an address, in order."""
    return [place[1] for place in _PLACE.finditer(address) if place[1] is not None]


def origin_of(address: str) -> str:
    """Return the origin of an address that was accepted here."""
    found = _ADDRESS.match(address)
    assert found is not None  # noqa: S101 - it was accepted
    return found[1].lower()

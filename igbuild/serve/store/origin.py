"""Who may speak to the server: the Host it is reached by, the Origin a browser vouches for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def refuse_headers(
    headers: Iterable[tuple[bytes, bytes]], hosts: Collection[str], origins: Collection[str]
) -> str | None:
    """Return why a request is refused, or None.

    A page of another site can make a browser connect here (and, by rebinding its own domain name to this
    address, even look like the same origin), so both headers are held against explicit lists. A request
    without Origin does not come from a page; it has the rights of any program.

    Args:
        headers: raw ASGI headers.
        hosts: host names without port, as `check_host` returns them.
        origins: allowed origins as browsers send them (`https://lab.example`), or with a host of `*.name`.
    """
    headers = list(headers)
    if not is_known_host(headers, hosts):
        return "host not allowed"
    sent = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    if sent and (len(sent) > 1 or not _is_known_origin(sent[0], origins)):
        return "origin not allowed"
    return None


def is_known_host(headers: Iterable[tuple[bytes, bytes]], hosts: Collection[str]) -> bool:
    """Tell whether a request names the server by one of its host names."""
    found = [value.decode("latin-1").lower() for name, value in headers if name == b"host"]
    if len(found) != 1:
        return False
    host = found[0]
    if not host.endswith("]"):
        host = host.rpartition(":")[0] or host
    return _is_listed(host.removesuffix("."), hosts)


def own_origins(hosts: Iterable[str], port: int) -> tuple[str, ...]:
    """Return the origins of the pages served here: by this port, or behind a proxy by the usual ones.

    Args:
        hosts: names under which the server may be addressed.
        port: where it listens.
    """
    named = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    return tuple(address for name in named for address in (name, f"{name}:{port}"))


def _is_known_origin(origin: str, origins: Iterable[str]) -> bool:
    scheme, _, host = origin.partition("://")
    return _is_listed(
        host, [other for kind, _, other in (o.partition("://") for o in origins) if kind == scheme]
    )


def _is_listed(host: str, known: Collection[str]) -> bool:
    """Tell whether a host, with a port or without, is known; `*.name` stands for every name below."""
    return host in known or any(name.startswith("*.") and host.endswith(name[1:]) for name in known)

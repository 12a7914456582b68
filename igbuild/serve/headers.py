"""The headers that go with every answer: what the browser may load, keep and guess."""

from __future__ import annotations

from igbuild.site.write import OWN_FOLDERS

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


def content_security_policy(
    frame_ancestors: str = "'none'",
    server: str | None = None,
    endpoint: str | None = None,
    frame_src: str | None = None,
) -> str:
    """Return the policy that a site needs, and nothing beyond it.

    WebAssembly has to compile, Phaser draws from `data:` and `blob:` images; everything else comes from
    the site itself. A worker is bound by the policy of its own script, so every answer carries it.

    Args:
        frame_ancestors: which pages may show the site in a frame, as survey platforms do.
        server: origin of the server where players meet and data goes, if it is another than the site's.
        endpoint: origin that data is posted to instead.
        frame_src: which pages may be shown in a frame of this one; a site shows none.
    """
    # Browsers take a websocket for another scheme than the page's, except on the page's own origin.
    elsewhere = "" if server is None else f" {server} {server.replace('http', 'ws', 1)}"
    elsewhere += "" if endpoint in (None, server) else f" {endpoint}"
    policy = {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "connect-src": f"'self'{elsewhere}",
        "worker-src": "'self'",
        "img-src": "'self' data: blob:",
        "style-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": frame_ancestors,
        **({} if frame_src is None else {"frame-src": frame_src}),
    }
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def cache_control(path: str) -> str:
    """Return how long a file of the site may be kept: for ever where its name holds its hash."""
    folder, slash, _ = path.partition("/")
    return IMMUTABLE if slash and folder in OWN_FOLDERS else REVALIDATE


def common_headers(
    frame_ancestors: str = "'none'", server: str | None = None, endpoint: str | None = None
) -> dict[str, str]:
    """Return the headers of every answer."""
    return {
        "content-security-policy": content_security_policy(frame_ancestors, server, endpoint),
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }

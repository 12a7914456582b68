"""ICE servers from `[webrtc]` and the environment of `igbuild serve`, which may name a lab's own servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from igbuild.config.model import WebRTC
from igbuild.errors import IgbuildError
from igbuild.serve.hub.settings import IceSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

TURN_SECRET: Final = "IGBUILD_TURN_SECRET"  # noqa: S105  # the name of the variable that holds it
VARIABLES: Final = {
    "stun_urls": "IGBUILD_STUN_URLS",
    "turn_urls": "IGBUILD_TURN_URLS",
    "relay_only": "IGBUILD_RELAY_ONLY",
}
"""What may be said outside the TOML, as it differs between servers of one study."""
_TRUTH: Final = {"1": True, "true": True, "0": False, "false": False}


def ice_settings(webrtc: WebRTC, environ: Mapping[str, str]) -> IceSettings:
    """Return how peers find a way to each other.

    Args:
        webrtc: of the TOML.
        environ: may hold the shared secret of the TURN servers, and `VARIABLES`, which go before the TOML.

    Raises:
        IgbuildError: a variable cannot be read, or TURN servers are named without their secret.
    """
    given = {key: name for key, name in VARIABLES.items() if environ.get(name, "").strip()}
    said = {key: _read(key, environ[name]) for key, name in given.items()}
    try:
        merged = WebRTC.model_validate({**webrtc.model_dump(), **said})
    except ValidationError as error:
        first = error.errors()[0]
        where = VARIABLES.get(str(first["loc"][0]) if first["loc"] else "relay_only", "")
        raise IgbuildError(
            f"the environment variable {where} cannot be used: {first['msg']}; write addresses such as"
            ' "turn:turn.example:3478", with spaces between them'
        ) from None
    secret = environ.get(TURN_SECRET) or None
    if merged.turn_urls and secret is None:
        raise IgbuildError(
            "TURN servers are named, but nobody told the secret that they share with this one;"
            f" set {TURN_SECRET} to the static-auth-secret of the TURN server"
        )
    return IceSettings(
        stun_urls=tuple(merged.stun_urls),
        turn_urls=tuple(merged.turn_urls),
        turn_secret=secret,
        relay_only=merged.relay_only,
    )


def _read(key: str, text: str) -> Any:
    if key != "relay_only":
        return text.replace(",", " ").split()
    if text.strip().lower() not in _TRUTH:
        raise IgbuildError(f"the environment variable {VARIABLES[key]} is {text!r}; set it to 1 or 0")
    return _TRUTH[text.strip().lower()]

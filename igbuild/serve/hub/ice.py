"""ICE servers for one player, with TURN credentials that expire.

The credential scheme is the TURN REST API (draft-uberti-behave-turn-rest-00), which coturn calls
`use-auth-secret`: the user name holds the expiry, the password is its HMAC-SHA1 under the shared secret.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from igbuild.serve.hub.settings import IceSettings


def ice_for(settings: IceSettings, who: str, now: float) -> dict[str, Any]:
    """Return `{iceServers, iceTransportPolicy}` as RTCPeerConnection takes them.

    Args:
        settings: servers and the shared secret.
        who: stands in the user name, for the TURN server's log.
        now: Unix time in seconds.
    """
    servers: list[dict[str, Any]] = []
    if settings.stun_urls:
        servers.append({"urls": list(settings.stun_urls)})
    if settings.turn_urls and settings.turn_secret:
        username = f"{int(now) + settings.turn_ttl}:{who}"
        mac = hmac.digest(settings.turn_secret.encode(), username.encode(), "sha1")
        servers.append(
            {"urls": list(settings.turn_urls), "username": username, "credential": b64encode(mac).decode()}
        )
    return {"iceServers": servers, "iceTransportPolicy": "relay" if settings.relay_only else "all"}

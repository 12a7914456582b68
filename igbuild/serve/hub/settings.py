"""What the hub is told; every value is plain, so that no other room needs to know the hub."""

from __future__ import annotations

from dataclasses import dataclass, field

MIN_GROUP, MAX_GROUP = 2, 8


@dataclass(frozen=True)
class IceSettings:
    """How peers find a way to each other.

    Attributes:
        stun_urls: `stun:` URLs, given as they are.
        turn_urls: `turn:`/`turns:` URLs; they need `turn_secret`.
        turn_secret: shared with the TURN server (`static-auth-secret` of coturn); never leaves the server.
        turn_ttl: seconds for which a credential opens new allocations.
        relay_only: peers never learn each other's address.
    """

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str | None = field(default=None, repr=False)
    turn_ttl: int = 6 * 3600
    relay_only: bool = False

    def __post_init__(self) -> None:
        if self.turn_urls and not self.turn_secret:
            raise ValueError("turn_urls need turn_secret")
        if self.relay_only and not self.turn_urls:
            raise ValueError("relay_only needs turn_urls")


@dataclass(frozen=True, kw_only=True)
class HubSettings:
    """How the hub behaves; times are seconds.

    Attributes:
        experiment: name of the experiment it serves.
        secret: signs tokens (`load_secret`); at least 32 bytes.
        allowed_hosts: host names without port by which the hub may be reached.
        allowed_origins: origins of the pages that may connect (`refuse_headers`).
        group_size: players of a session, 2 to 8.
        attributes: names of the custom attributes a participant may bring.
        match_on: those of them that must be equal within a group.
        max_p2p_rtt_ms: worst round trip allowed between any two players, measured over a data channel before
            the match; None measures nothing.
        hub_relay: carry inputs through the hub where two players have no path to each other.
        seed: seed of every session; None draws one for each.
        wait_timeout: in the waiting room.
        probe_timeout: for measuring a proposed group.
        accept_timeout: for every player to say that it heard of the match.
        validate_timeout: for every player to have checked its channels.
        rejoin_timeout: for a player who lost the hub, before the others are told that it has gone.
        session_max_age: for which a seat token can take its session up again.
        pair_memory: for which a measured pair is not measured again.
        max_connections: sockets at once.
        max_people: participants at once (waiting or playing).
        ice: how peers find a way to each other.
    """

    experiment: str
    secret: bytes = field(repr=False)
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    group_size: int = 2
    attributes: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ()
    max_p2p_rtt_ms: float | None = None
    hub_relay: bool = True
    seed: int | None = None
    wait_timeout: float = 120
    probe_timeout: float = 15
    accept_timeout: float = 10
    validate_timeout: float = 45
    rejoin_timeout: float = 60
    session_max_age: float = 6 * 3600
    pair_memory: float = 60
    max_connections: int = 4000
    max_people: int = 2000
    ice: IceSettings = field(default_factory=IceSettings)

    def __post_init__(self) -> None:
        if not MIN_GROUP <= self.group_size <= MAX_GROUP:
            raise ValueError(f"group_size must be {MIN_GROUP} to {MAX_GROUP}")
        if len(self.secret) < 32:
            raise ValueError("secret must have at least 32 bytes")
        if not set(self.match_on) <= set(self.attributes):
            raise ValueError("match_on must name declared attributes")

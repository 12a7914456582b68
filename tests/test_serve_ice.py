"""Who finds a way to whom: `[webrtc]`, and what a server's own environment says instead."""

from __future__ import annotations

import pytest

from igbuild.config.model import WebRTC
from igbuild.errors import IgbuildError
from igbuild.serve.ice import ice_settings

TOML = WebRTC(stun_urls=["stun:a.example"], turn_urls=["turn:a.example"])
SECRET = {"IGBUILD_TURN_SECRET": "shared"}


def test_the_toml_holds_where_the_environment_says_nothing() -> None:
    found = ice_settings(TOML, {**SECRET, "IGBUILD_TURN_URLS": " "})
    assert (found.stun_urls, found.turn_urls) == (("stun:a.example",), ("turn:a.example",))
    assert found.turn_secret == "shared"
    assert not found.relay_only


def test_the_environment_goes_before_the_toml() -> None:
    said = {"IGBUILD_TURN_URLS": "turn:b.example:3478, turns:b.example", "IGBUILD_RELAY_ONLY": "1"}
    found = ice_settings(TOML, {**SECRET, **said})
    assert found.turn_urls == ("turn:b.example:3478", "turns:b.example")
    assert found.stun_urls == ("stun:a.example",)
    assert found.relay_only


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"IGBUILD_TURN_URLS": "turn.example"}, "IGBUILD_TURN_URLS cannot be used"),
        ({"IGBUILD_STUN_URLS": "http://a.example"}, "IGBUILD_STUN_URLS cannot be used"),
        ({"IGBUILD_RELAY_ONLY": "yes please"}, "set it to 1 or 0"),
        ({"IGBUILD_TURN_URLS": "turn:b.example", "IGBUILD_TURN_SECRET": ""}, "IGBUILD_TURN_SECRET"),
    ],
)
def test_what_cannot_be_read_is_named(environ: dict[str, str], words: str) -> None:
    with pytest.raises(IgbuildError, match=words):
        ice_settings(TOML, {**SECRET, **environ})


def test_a_relay_must_be_named() -> None:
    with pytest.raises(IgbuildError, match="IGBUILD_RELAY_ONLY cannot be used"):
        ice_settings(WebRTC(), {"IGBUILD_RELAY_ONLY": "true"})

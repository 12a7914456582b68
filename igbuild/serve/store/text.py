"""The texts a client may choose, bounded and printable; none of them ever becomes a path."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be printable")
    return text


ParticipantId = Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_printable)]
AttributeText = Annotated[str, StringConstraints(max_length=128), AfterValidator(_printable)]
SiteId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]

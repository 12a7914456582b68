"""The texts a client may choose, bounded and without control characters; none of them becomes a path."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _without_controls(text: str) -> str:
    # Only these: a pasted link brings invisible characters along, which must not cost a session's data.
    if any(unicodedata.category(mark) in {"Cc", "Cs"} for mark in text):
        raise ValueError("must have no control characters or lone surrogates")
    return text


ParticipantId = Annotated[
    str, StringConstraints(min_length=1, max_length=128), AfterValidator(_without_controls)
]
AttributeText = Annotated[str, StringConstraints(max_length=128), AfterValidator(_without_controls)]
SiteId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]

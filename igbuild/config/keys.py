"""Names of keys as browsers report them in `event.key`, alone and in combinations."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

# The named keys of the UI Events specification that a keyboard used for a game can have.
NAMED_KEYS: Final = frozenset(
    "Alt AltGraph CapsLock Control Fn Meta NumLock ScrollLock Shift "  # noqa: SIM905 - a list is hard to read
    "Enter Tab Backspace Delete Insert Clear Escape Pause PrintScreen ContextMenu Help "
    "ArrowDown ArrowLeft ArrowRight ArrowUp End Home PageDown PageUp".split()
) | {f"F{number}" for number in range(1, 25)}

# What people write instead: words of everyday language and names of other programming interfaces.
_MISTAKEN: Final = {
    "space": " ",
    "spacebar": " ",
    "plus": "+",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "esc": "Escape",
    "return": "Enter",
    "ctrl": "Control",
    "cmd": "Meta",
    "option": "Alt",
    "del": "Delete",
    "ins": "Insert",
    "pgup": "PageUp",
    "pgdn": "PageDown",
}
_CODE: Final = re.compile(r"(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))")
_PART: Final = re.compile(r"(?:^|\+)(\+|[^+]+)")


def split_keys(text: str) -> tuple[str, ...]:
    """Split a combination at its `+` signs: `"Shift++"` is Shift with the plus key, `"+"` that key alone.

    Raises:
        ValueError: a sign has no key beside it, or one key stands twice.
    """
    parts = tuple(_PART.findall(text))
    if not parts or "+".join(parts) != text:
        raise ValueError(f"has the key {text!r}, which is not a key nor keys joined by '+'")
    if len(set(parts)) != len(parts):
        raise ValueError(f"has the key {text!r}, which names one key twice")
    return parts


def check_keys(text: str) -> str:
    """Return the text of a key or combination whose every part can be an `event.key`.

    Raises:
        ValueError: naming the part and, where one is near, the name that was meant.
    """
    for part in split_keys(text):
        if len(part) != 1 and part not in NAMED_KEYS:
            several = part.split()
            if len(several) > 1 and all(len(one) == 1 or one in NAMED_KEYS for one in several):
                raise ValueError(
                    f'has the key {text!r}; keys held together are joined by "+": "{_joined(text)}"'
                )
            meant = _meant(part)
            hint = f'did you mean "{meant}"?' if meant else "use the browser's `event.key` name"
            raise ValueError(f"has the key {part!r}, which no keyboard reports; {hint}")
    return text


def _joined(text: str) -> str:
    return "+".join("+".join(part.split()) if len(part) > 1 else part for part in split_keys(text))


def _meant(part: str) -> str | None:
    code = _CODE.fullmatch(part)
    if code:
        return next(group for group in code.groups() if group).lower()
    if part.lower() in _MISTAKEN:
        return _MISTAKEN[part.lower()]
    by_lower = {name.lower(): name for name in NAMED_KEYS}
    near = get_close_matches(part.lower(), by_lower, 1)
    return by_lower[near[0]] if near else None

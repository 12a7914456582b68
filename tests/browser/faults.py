"""One site, and many broken copies of it: an ASGI wrapper that breaks what lies under `/fault/NAME/`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Callable[[], Awaitable[Message]], Send], Awaitable[None]]

NO_WASM = "default-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'"
NO_WORKER = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'"


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the files whose path contains `part`."""

    part: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    change: Callable[[bytes], bytes] | None = None
    stall_after: int | None = None
    """Send so many bytes, and then nothing more."""
    drip: float | None = None
    """Seconds that the body is stretched over, in twenty pieces."""


def altered(body: bytes) -> bytes:
    """Flip one bit in the middle; the length stays."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


FAULTS: dict[str, Fault] = {
    "none": Fault("\0"),
    "wasm-404": Fault(".asm.wasm", status=404),
    "wasm-truncated": Fault(".asm.wasm", change=lambda body: body[: len(body) // 2]),
    "wasm-altered": Fault(".asm.wasm", change=altered),
    "wasm-mime": Fault(".asm.wasm", headers={"content-type": "text/plain"}),
    "wasm-csp": Fault("", headers={"content-security-policy": NO_WASM}),
    "wasm-stalls": Fault(".asm.wasm", stall_after=100_000),
    "wasm-drips": Fault(".asm.wasm", drip=6.0),
    "pyodide-mime": Fault("pyodide.mjs", headers={"content-type": "application/octet-stream"}),
    "pyodide-404": Fault("pyodide.mjs", status=404),
    "asm-404": Fault("pyodide.asm.mjs", status=404),
    "asm-altered": Fault("pyodide.asm.mjs", change=altered),
    "stdlib-404": Fault("python_stdlib.zip", status=404),
    "stdlib-altered": Fault("python_stdlib.zip", change=altered),
    "worker-404": Fault("pyodide_worker", status=404),
    "worker-csp": Fault(".html", headers={"content-security-policy": NO_WORKER}),
    "worker-mime": Fault("pyodide_worker", headers={"content-type": "text/html"}),
    "no-jspi": Fault("pyodide_worker", change=lambda body: b"delete WebAssembly.Suspending;" + body),
    "worker-syntax": Fault("pyodide_worker", change=lambda body: b"const = 1;" + body),
    "wheel-404": Fault(".whl", status=404),
    "wheel-altered": Fault(".whl", change=altered),
    "study-404": Fault("study", status=404),
    "image-404": Fault("assets/photo", status=404),
    "atlas-404": Fault("assets/tiles", status=404),
    "runtime-altered": Fault("runtime", change=altered),
    "onnx-altered": Fault("policy-", change=altered),
    "server-error": Fault(".zip", status=500),
}


class Faults:
    """Pass `/fault/NAME/rest` on as `/rest`, and break it on the way back."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/fault/"):
            await self.app(scope, receive, send)
            return
        _, _, name, rest = path.split("/", 3)
        fault = FAULTS[name]
        inner = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
        # Ranges, caches and compression would only blur what is broken.
        inner["headers"] = [
            pair
            for pair in scope["headers"]
            if pair[0] not in {b"range", b"accept-encoding", b"if-none-match", b"if-modified-since"}
        ]
        if fault.part not in rest:
            await self.app(inner, receive, send)
            return
        start, body = await collect(self.app, inner, receive)
        await break_answer(fault, start, body, send)


async def collect(app: App, scope: MutableMapping[str, Any], receive: Any) -> tuple[Message, bytes]:
    """Return the start message and the whole body of an answer."""
    start: Message = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return start, b"".join(parts)


async def break_answer(fault: Fault, start: Message, body: bytes, send: Send) -> None:
    """Send the answer as the fault has it."""
    if fault.status is not None:
        body = b"broken on purpose"
    if fault.change is not None:
        body = fault.change(body)
    headers = {key.decode().lower(): value.decode() for key, value in start["headers"]}
    headers |= {"content-length": str(len(body)), "cache-control": "no-store", **fault.headers}
    raw = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status or start["status"], "headers": raw})
    if fault.stall_after is not None:
        await send({"type": "http.response.body", "body": body[: fault.stall_after], "more_body": True})
        await asyncio.sleep(8)
        return
    if fault.drip is not None:
        size = len(body) // 20 + 1
        for at in range(0, len(body), size):
            await send({"type": "http.response.body", "body": body[at : at + size], "more_body": True})
            await asyncio.sleep(fault.drip / 20)
        body = b""
    await send({"type": "http.response.body", "body": body})

"""The upload endpoint: `POST …/start` gives a lone player a seat token, `POST …/chunks` takes data.

HTTP, not the hub's socket: a page can still send while it closes (`keepalive`, `sendBeacon`), a solo game
needs no socket at all, and a site on a static host may post here from another origin. Both bodies are JSON,
sent as `text/plain` so that browsers need no preflight; the token stands in the body because `sendBeacon`
cannot set headers.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints, ValidationError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from igbuild.serve.store.advice import is_refused
from igbuild.serve.store.chunks import Chunk, Kind, Owner, StoreFailed, StoreFull
from igbuild.serve.store.intake import BodyRefused, Intake
from igbuild.serve.store.text import ParticipantId, SiteId  # noqa: TC001  # pydantic reads them
from igbuild.serve.store.tokens import MAX_TOKEN_CHARS, SeatClaims, is_fresh, read, sign

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from igbuild.serve.store.writer import Store

    Handler = Callable[[Request], Awaitable[dict[str, Any]]]

RETRY_AFTER = {"retry-after": "2"}
LAST_ANSWER = {"connection": "close"}


@dataclass(frozen=True, kw_only=True)
class UploadSettings:
    """What the endpoint accepts.

    Attributes:
        experiment: the only experiment whose data is taken.
        secret: signs tokens; the one of `load_secret`.
        allowed_hosts: host names without port.
        allowed_origins: origins of pages that may post (`refuse_headers`).
        max_body: bytes of a request.
        max_age: seconds for which a seat token can hand in data.
    """

    experiment: str
    secret: bytes
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    max_body: int = 512_000
    max_age: float = 30 * 86_400


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Start(_Message):
    experiment: Annotated[str, StringConstraints(max_length=128)]
    participant: ParticipantId
    site: SiteId


class _UploadedChunk(_Message):
    episode: Annotated[int, Field(ge=0, le=1_000_000)]
    kind: Literal["rows", "local", "validation", "telemetry", "meta"]
    index: Annotated[int, Field(ge=0, le=10_000_000)]
    content: str


class _Upload(_Message):
    token: Annotated[str, StringConstraints(max_length=MAX_TOKEN_CHARS)]
    chunks: Annotated[list[_UploadedChunk], Field(min_length=1, max_length=256), FailFast()]


Shape = TypeVar("Shape", bound=_Message)


class _Refused(Exception):
    def __init__(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers


def create_upload_app(settings: UploadSettings, store: Store) -> ASGIApp:
    """Return the ASGI application of the endpoint, to be mounted at `/data/v1`."""
    intake = Intake(settings.max_body)

    async def read(shape: type[Shape], request: Request) -> Shape:
        body = await intake.read(request)
        await intake.turn()
        try:
            return shape.model_validate_json(body)
        except ValidationError as error:
            raise _Refused(400, "bad_message") from error

    async def start(request: Request) -> dict[str, Any]:
        message = await read(_Start, request)
        if message.experiment != settings.experiment:
            raise _Refused(404, "wrong_experiment")
        claims = SeatClaims(
            experiment=settings.experiment,
            session=secrets.token_urlsafe(16),
            participant=message.participant,
            seat=0,
            seats=1,
            site=message.site,
            tag=secrets.randbits(32),
            seed=secrets.randbits(32),
            issued=time.time(),
        )
        return {"session": claims.session, "seed": claims.seed, "token": sign(settings.secret, claims)}

    async def chunks(request: Request) -> dict[str, Any]:
        message = await read(_Upload, request)
        owner = _owner(settings, message.token)
        try:
            receipts = await store.put(
                [
                    Chunk(owner, part.episode, Kind(part.kind), part.index, part.content)
                    for part in message.chunks
                ]
            )
        except StoreFull as full:
            raise _Refused(507 if full.code != "busy" else 503, full.code, RETRY_AFTER) from full
        except StoreFailed as failed:
            raise _Refused(503, "not_stored", RETRY_AFTER) from failed
        stored = [
            {"episode": r.episode, "kind": r.kind, "index": r.index, "sha256": r.sha256, "status": r.status}
            for r in receipts
        ]
        return {"stored": stored}

    return Starlette(
        routes=[
            Route("/start", _endpoint(settings, start), methods=["POST"]),
            Route("/chunks", _endpoint(settings, chunks), methods=["POST"]),
        ]
    )


def _endpoint(settings: UploadSettings, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler in what both share: who may ask, and how yes and no are said."""

    async def respond(request: Request) -> Response:
        headers = {"cache-control": "no-store", "vary": "origin"}
        if is_refused(request.scope["headers"], settings.allowed_hosts, settings.allowed_origins):
            return JSONResponse({"ok": False, "code": "not_allowed"}, 403, headers)
        if origin := request.headers.get("origin"):
            headers["access-control-allow-origin"] = origin
            headers["cross-origin-resource-policy"] = "cross-origin"
        try:
            return JSONResponse({"ok": True, **await handler(request)}, headers=headers)
        except ClientDisconnect:
            return Response(status_code=400)
        except BodyRefused as refused:
            # The rest of the body is still on its way; only the end of the connection stops it.
            again = RETRY_AFTER if refused.status == 503 else {}
            answer = {"ok": False, "code": refused.code}
            return JSONResponse(answer, refused.status, headers | LAST_ANSWER | again)
        except _Refused as refused:
            answer = {"ok": False, "code": refused.code}
            return JSONResponse(answer, refused.status, headers | (refused.headers or {}))

    return respond


def _owner(settings: UploadSettings, token: str) -> Owner:
    claims = read(settings.secret, token, SeatClaims)
    if (
        claims is None
        or claims.experiment != settings.experiment
        or not is_fresh(claims.issued, time.time(), settings.max_age)
    ):
        raise _Refused(401, "bad_token")
    return Owner(
        claims.experiment, claims.session, claims.participant, claims.seat, claims.seats, claims.site
    )

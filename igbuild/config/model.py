"""What experiment.toml may say: one class per section, one attribute per setting.

The reference, the JSON Schema for editors and the error messages all derive from these classes. A section
is added by writing its class and naming it in `ExperimentConfig`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic import model_validator as validator

from igbuild.config.keys import split_keys
from igbuild.config.values import (
    Action,
    AgentId,
    AgentIds,
    BaseAddress,
    Color,
    Ending,
    Endings,
    Endpoint,
    EntryPoint,
    HostName,
    Hud,
    Identifier,
    KeyLabels,
    KeyMap,
    Kind,
    Line,
    Origin,
    PackageList,
    Paragraphs,
    Parameters,
    Pattern,
    Plain,
    Redirect,
    RelativePath,
    Scalar,
    Slug,
    StunAddress,
    TurnAddress,
    Version,
    show,
)

PYODIDE_VERSION: Final = "314.0.7"
DEFAULT_ENDINGS: Final[tuple[Ending, ...]] = (
    "completed",
    "partner_left",
    "partner_focus_timeout",
    "halted",
)
"""What somebody who played on cannot help."""
_KINDS: Final[dict[str, type]] = {"int": int, "float": float, "str": str, "bool": bool}


class Section(BaseModel):
    """A table of experiment.toml: immutable, without unknown keys, without conversions between types.

    Validators are built when they are first needed, and what the docstrings say is read by `schema` alone:
    most commands need only the whole model, and none of the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class ExperimentInfo(Section):
    """What the experiment is called."""

    name: Slug
    """Short name for files and data: lower-case letters, digits, `-` and `_`."""

    title: Line = ""
    """What participants read in the window's title and on the first screen. Default: the name."""

    version: Line = "0.1.0"
    """Your own version, recorded with the data."""

    @validator(mode="before")
    @classmethod
    def _title_from_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and "title" not in data and isinstance(data.get("name"), str):
            return {**data, "title": data["name"]}
        return data


class Global(Section):
    """A URL parameter: `?speed=3` reaches the entry point as the keyword argument `speed=3`."""

    type: Kind
    """What the text of the URL is read as. A `bool` is `true` or `false`, `1` or `0`."""

    default: Scalar | None = None
    """Value when the URL does not give it. Without one, the entry point's own default holds."""

    choices: Annotated[list[Scalar], Field(min_length=1)] | None = None
    """The only values accepted. Without them any value of the type is."""

    @field_validator("default")
    @classmethod
    def _fit_default(cls, value: Scalar | None, info: ValidationInfo) -> Scalar | None:
        return None if value is None else _fit(value, info.data.get("type"))

    @field_validator("choices")
    @classmethod
    def _fit_choices(cls, values: list[Scalar] | None, info: ValidationInfo) -> list[Scalar] | None:
        if values is None:
            return None
        fitted = [_fit(value, info.data.get("type")) for value in values]
        default = info.data.get("default")
        if default is not None and default not in fitted:
            raise ValueError(f"does not hold the default {default!r}; add it, or change the default")
        return fitted


def _fit(value: Scalar, kind: str | None) -> Scalar:
    if kind is None:
        return value
    if kind == "float" and type(value) is int:
        return float(value)
    if type(value) is not _KINDS[kind]:
        raise ValueError(f'holds {show(value)}, but the type is "{kind}"; change one of them')
    return value


def _table_from(key: str) -> BeforeValidator:
    """Let a plain string stand for a table with one key."""

    def expand(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else value

    return BeforeValidator(expand)


GlobalEntry: TypeAlias = Annotated[
    Global, BeforeValidator(_table_from("type").func, json_schema_input_type=Kind | Global)
]


class Environment(Section):
    """The Python that is the game: a Gymnasium or PettingZoo environment."""

    source: RelativePath = "env.py"
    """File or folder with the study's Python. A folder is shipped whole, data files included, and modules
    are imported from it; dot-files, caches, builds, `[assets]` and the TOML itself stay behind."""

    exclude: list[Pattern] = []
    """What of a source folder stays behind too: names or paths with `*` and `?` (`"results"`, `"*.csv"`,
    `"maps/old-*"`). Everything else can be downloaded from the site by everybody."""

    entry_point: EntryPoint
    """`module:callable` that returns the environment, called with `kwargs` and `globals`."""

    kwargs: dict[Identifier, Plain] = {}
    """Keyword arguments of the entry point, the same for every participant."""

    packages: PackageList = []
    """Python packages the study imports, as for pip (`"numpy"`, `"gymnasium==1.4.0"`), or a path to a
    wheel or a project (`"./mylib"`). The lock fixes their versions."""

    globals: dict[Identifier, GlobalEntry] = {}
    """URL parameters that reach the entry point as keyword arguments: name = type, or a table. Parameters
    not listed here, and values that do not fit, are refused."""

    on_game_step: EntryPoint | None = None
    """`module:function` called with the environment before each step."""


class Game(Section):
    """How the game runs and what it looks like."""

    fps: int = Field(default=30, ge=1, le=240)
    """Steps per second."""

    max_steps: int = Field(default=1800, ge=1, le=10_000_000)
    """Steps after which an episode is truncated."""

    episodes: int = Field(default=1, ge=1, le=100_000)
    """Episodes a participant plays."""

    seed: int | None = Field(default=None, ge=0, le=2**32 - 1)
    """Session seed, from which each episode's seed derives. Without one the page draws it; either way it
    is recorded."""

    render: Literal["draw", "rgb_array"] = "draw"
    """What `env.render()` returns: the shapes of a `Surface`, or an array of height x width x 3 bytes."""

    width: int = Field(default=600, ge=16, le=4096)
    """Width of the picture, in pixels."""

    height: int = Field(default=400, ge=16, le=4096)
    """Height of the picture, in pixels."""

    background: Color = "#ffffff"
    """Colour behind the picture: `#rgb`, `#rrggbb` or a name."""

    hud: Hud = "Score {score}"
    """Text above the picture, with `{score}` `{step}` `{max_steps}` `{episode}` `{episodes}` `{time_left}`
    (seconds) `{player}` and `{score.AGENT}`; `{{` and `}}` are braces, `""` is no text."""

    instructions: Paragraphs = ""
    """What the start card tells participants to do: plain text, of several lines if need be."""

    input_mode: Literal["pressed_keys", "single_keystroke"] = "pressed_keys"
    """`pressed_keys`: a key acts in every step while it is held. `single_keystroke`: each press acts in
    one step."""

    when_hidden: Literal["pause", "continue"] = "pause"
    """What a lone player's game does while its tab is hidden."""


class AgentControls(Section):
    """Controls of one agent where they differ from the common ones."""

    default_action: Action | None = None
    """Action while no key acts. Default: the common one."""

    keys: KeyMap | None = None
    """Keys of this agent, in place of the common ones."""


class Controls(Section):
    """Which key means which action."""

    default_action: Action = 0
    """Action while no key acts: an integer, or a list of numbers for a Box or MultiDiscrete space."""

    keys: KeyMap = {}
    """Browser key name (`event.key`: `"ArrowUp"`, `"a"`, `" "`) to action. Keys held together are joined
    by `+` (`"ArrowUp+ArrowLeft"`); the plus key itself is `"+"`."""

    agents: dict[str, AgentControls] = {}
    """Controls by agent id, where they differ."""

    labels: KeyLabels = {}
    """What keys are for, in words, on the start card: key or combination to text (`ArrowUp = "Jump"`). Keys
    with one text stand together. Without labels the card shows the keys alone."""

    @field_validator("labels")
    @classmethod
    def _name_keys(cls, labels: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        agents: dict[str, AgentControls] = info.data.get("agents", {})
        tables = [info.data.get("keys", {}), *(own.keys or {} for own in agents.values())]
        known = {part for keys in tables for text in keys for part in (text, *split_keys(text))}
        for text in labels:
            if text not in known:
                raise ValueError(f"has a text for {text!r}, which is none of the keys; add it to them")
        return labels

    @field_validator("agents")
    @classmethod
    def _complete(cls, agents: dict[str, AgentControls], info: ValidationInfo) -> dict[str, AgentControls]:
        """Fill in what an agent shares with the others, so that readers need not look twice."""
        common = {name: info.data.get(name) for name in ("default_action", "keys")}
        return {
            id_: own.model_copy(update={k: v for k, v in common.items() if getattr(own, k) is None})
            for id_, own in agents.items()
        }


class Bot(Section):
    """An agent that the computer plays: a Python policy or an ONNX model."""

    policy: EntryPoint | None = None
    """`module:callable` in the study's Python: a class with `act(observation)` or `act(observation, rng)`, or
    such a function. `rng` is a seeded `random.Random`."""

    kwargs: dict[Identifier, Plain] = {}
    """Keyword arguments of the policy."""

    onnx: RelativePath | None = None
    """ONNX model file, in place of `policy`."""

    input: str | None = None
    """Name of the model's input that takes the observation. Default: its first."""

    output: str | None = None
    """Name of the model's output that holds one value per action. Default: its first."""

    sample: Literal["softmax", "argmax"] = "softmax"
    """How an action follows from the model's output: drawn in proportion, or the largest."""

    @validator(mode="after")
    def _one_kind(self) -> Bot:
        if (self.policy is None) == (self.onnx is None):
            raise ValueError('needs either policy = "module:callable" or onnx = "file.onnx"')
        if self.policy is not None and self.model_fields_set & {"input", "output", "sample"}:
            raise ValueError("has settings of an ONNX model beside a Python policy; leave out one kind")
        if self.onnx is not None and self.kwargs:
            raise ValueError("has kwargs, which an ONNX model does not take; leave them out")
        return self


BotEntry: TypeAlias = Annotated[
    Bot, BeforeValidator(_table_from("policy").func, json_schema_input_type=EntryPoint | Bot)
]


class Players(Section):
    """Who plays which agent. An id written as a key here matches the agent whose `str(id)` equals it."""

    agent: AgentId = "human"
    """Id given to the only agent of a Gymnasium environment."""

    humans: AgentIds | None = None
    """Ids of the agents that people play. Two or more make the game multiplayer: each is played on a page of
    its own, in the order in which people join. Without this, one page plays all but the bots."""

    names: dict[str, Line] = {}
    """What participants read in place of an agent's id."""

    bots: dict[str, BotEntry] = {}
    """Agents that the computer plays: id = `"module:callable"`, or a table."""


class Multiplayer(Section):
    """How several people play one game, each on a page of their own: with `players.humans` of two or more.

    Each page plays on at once with what it thinks the others do, and goes back and plays again when they
    did something else.
    """

    input_delay: int | None = Field(default=None, ge=0, le=30)
    """Steps between a key and its effect, the same for all. Default: about 50 ms (1 at 10 and 20 fps, 2 at
    30, 3 at 60)."""

    prediction_window: int | None = Field(default=None, ge=0, le=60)
    """Steps that a page may be ahead of the others' inputs before it waits for them. Default: about 250 ms,
    4 to 12. A page that cannot go back so far within a frame takes less."""

    snapshot_interval: int | None = Field(default=None, ge=1, le=60)
    """Steps between the states that a page keeps to go back to. Default: measured on each page, 1 where
    saving is nearly free, else 4."""

    hash_interval: int | None = Field(default=None, ge=1, le=3600)
    """Steps between two comparisons of the pages' states. Default: one second."""

    predictor: Literal["repeat", "default"] = "repeat"
    """What someone is thought to do whose input has not come: the same as before, or `default_action`
    (for keys that act once)."""

    interrupt_timeout: float = Field(default=0.5, gt=0, le=60)
    """Seconds of silence after which the others are told that a connection is interrupted."""

    drop_timeout: float = Field(default=10.0, gt=0, le=600)
    """Seconds of silence after which somebody is out of the game."""

    absence_timeout: float = Field(default=30.0, gt=0, le=3600)
    """The same for somebody whose page said that it would freeze, or whose connection is being restored."""

    desync_policy: Literal["halt", "flag"] = "halt"
    """What happens when two pages' states differ: the game ends, or goes on with its data marked."""

    absence_policy: Literal["away", "pause"] = "away"
    """What happens while somebody's page is frozen by the browser: their agent takes `default_action` until
    they are back, or everybody waits."""

    wait_timeout: float = Field(default=120.0, gt=0, le=86_400)
    """Seconds in the waiting room after which nobody came."""

    max_p2p_rtt_ms: float | None = Field(default=None, gt=0, le=60_000)
    """Longest round trip allowed between two players, measured before the game. Without it nothing is
    measured."""

    match_attributes: Annotated[list[Identifier], Field(max_length=32)] = []
    """URL parameters that must be equal for people to play together, such as an experimental condition."""

    hub_relay: bool = True
    """Send what two pages say to each other through the server where they have no direct connection."""

    connect_timeout: float = Field(default=20.0, gt=0, le=40)
    """Seconds given to a direct connection before another way is taken."""

    focus_timeout: float | None = Field(default=None, gt=0, le=3600)
    """Seconds for which somebody may look at another tab before the game ends for all. Without it they may
    for ever."""

    partner_left_message: Line = "The other player left the game. Thank you for playing."
    """What those read who stay behind."""

    wait_timeout_message: Line = "Nobody else came. Please try again later."
    """What somebody reads for whom nobody came."""

    focus_timeout_message: Line = "The game ended because you were away for too long."
    """What somebody reads who looked at another tab for too long."""

    partner_focus_timeout_message: Line = "The game ended because the other player was away for too long."
    """What the others read then."""


class Server(Section):
    """Where players meet and where data goes: `igbuild serve`, unless another address is named."""

    url: Origin | None = None
    """Address of the server (`"https://games.lab.example"`), where the site itself lies elsewhere. Default:
    the server that the page comes from."""

    collect: bool | None = None
    """Hand each step in to the server. Default: in a game of several people, or with an `endpoint`."""

    endpoint: Endpoint | None = None
    """Address to which steps are posted instead (`"https://lab.example/take"`), as from a static host. What
    it gets and has to answer is in data-format.md, and `igbuild data import` reads it."""

    hash_interval: int | None = Field(default=None, ge=0, le=3600)
    """Steps between two hashes of the state in a lone player's data, by which a replay is compared; 0: none.
    Default: one second. Where several play it is `multiplayer.hash_interval`."""

    observations: bool = False
    """Hand in what each agent observed after each step, too."""

    data: RelativePath = "data"
    """Folder in which `igbuild serve` keeps what was handed in, and the secret that signs tokens."""

    participant: Identifier = "participant"
    """URL parameter that names the participant (`"PROLIFIC_PID"`). Who comes without gets a random name."""

    parameters: Parameters = []
    """Further URL parameters to accept, such as those that a recruiting platform appends (`["STUDY_ID",
    "SESSION_ID"]`). They are recorded with the session and do not reach the entry point."""

    hosts: list[HostName] = []
    """Names by which `igbuild serve` may be reached besides those of this machine, without port
    (`"games.lab.example"`); `"*.lab.example"` stands for every name below."""

    origins: list[Origin] = []
    """Addresses of pages on other servers that may use this one (`"https://study.example"`)."""


class Completion(Section):
    """What participants get at the end: a code, a way on to another page, or both.

    They get it once what they did has been handed in; where it cannot be, they are told so first.
    """

    code: Line | None = None
    """Code that the last page shows, the same for everybody. Whoever reads the page's source finds it."""

    draw_code: bool = False
    """Show a code that is drawn for each session, and recorded with its data (`completionCode`)."""

    redirect: Redirect | None = None
    """Address that the last page goes on to (`"https://survey.example/end?id={participant}"`). In it may
    stand `{participant}`, `{code}`, `{reason}` (one of `after`), and every parameter of the page's own
    address by its name; what they stand for is percent-encoded."""

    countdown: int = Field(default=5, ge=0, le=60)
    """Seconds before the last page goes on."""

    after: Endings = list(DEFAULT_ENDINGS)
    """Endings after which participants get it: `completed`; in a game of several also `partner_left`,
    `partner_focus_timeout` (another one was away for too long), `focus_timeout` (this one was), `halted` (a
    connection was lost, or two games were no longer the same) and `nobody_came`; `failed` is an error in the
    game."""

    @validator(mode="after")
    def _gives_something(self) -> Completion:
        if self.code is not None and self.draw_code:
            raise ValueError("has both code and draw_code = true; keep one")
        if self.model_fields_set and not (self.code or self.draw_code or self.redirect):
            raise ValueError("gives participants nothing; set code, draw_code or redirect")
        return self


class WebRTC(Section):
    """How players' browsers find a way to each other.

    Where servers differ from place to place, the environment of `igbuild serve` may name them instead:
    IGBUILD_STUN_URLS and IGBUILD_TURN_URLS (addresses with spaces between them), IGBUILD_RELAY_ONLY (1 or 0).
    """

    stun_urls: list[StunAddress] = []
    """STUN servers, which tell a browser its public address (`"stun:stun.example:3478"`)."""

    turn_urls: list[TurnAddress] = []
    """TURN servers, which pass on what cannot go directly (`"turn:turn.example:3478"`). The secret that they
    share with `igbuild serve` stands in the environment variable IGBUILD_TURN_SECRET."""

    relay_only: bool = False
    """Use TURN always, so that players never learn each other's address."""

    @validator(mode="after")
    def _relay_needs_turn(self) -> WebRTC:
        if self.relay_only and not self.turn_urls:
            raise ValueError("has relay_only = true, but no turn_urls; name a TURN server")
        return self


class Atlas(Section):
    """One image that holds many, and the file that says where."""

    image: RelativePath
    """Image file, in the assets folder."""

    data: RelativePath
    """JSON file with the frames (TexturePacker's hash or array form), in the assets folder."""


class Assets(Section):
    """Images that the environment draws."""

    folder: RelativePath | None = None
    """Folder whose images are shipped with the site and loaded before the game. An image's name is its
    path there without the extension."""

    atlases: dict[str, Atlas] = {}
    """Atlases by name."""


class Pyodide(Section):
    """The Python in the browser."""

    version: Version = PYODIDE_VERSION
    """Version of Pyodide."""

    base: BaseAddress | None = None
    """URL or folder where the lock finds the distribution's own wheels. Default: the Pyodide project's
    address for the version. The environment variable IGBUILD_PYODIDE_BASE overrides it."""

    init_timeout: float = Field(default=60.0, gt=0, le=3600)
    """Seconds without progress after which loading has failed."""

    request_timeout: float = Field(default=10.0, gt=0, le=3600)
    """Seconds after which a step or any other request has failed."""


class Bundle(Section):
    """What `igbuild bundle` writes."""

    out: RelativePath = "dist"
    """Folder of the finished site."""

    source_maps: bool = True
    """Write source maps, so that browser tools show the code as it was written."""

    minify: bool = True
    """Write the JavaScript as small as it gets."""


class ExperimentConfig(Section):
    """All of experiment.toml. Paths are relative to the folder that holds it."""

    experiment: ExperimentInfo
    environment: Environment
    game: Game = Game()
    controls: Controls = Controls()
    players: Players = Players()
    multiplayer: Multiplayer = Multiplayer()
    server: Server = Server()
    completion: Completion = Completion()
    webrtc: WebRTC = WebRTC()
    assets: Assets = Assets()
    pyodide: Pyodide = Pyodide()
    bundle: Bundle = Bundle()

"""Data verified by replaying it: what was played comes out the same, what was altered is found and named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from igbuild.check.native import NativePython
from igbuild.cli import main
from igbuild.config import load_experiment
from igbuild.data import replay, verify
from igbuild.data.origin import Origin
from igbuild.data.replay import Replayer
from igbuild.data.verdict import REPLAYED, Agreement
from igbuild.scaffold import init_experiment
from igbuild.serve.store.chunks import Chunk, Kind, Owner
from tests.recorded import Recording, changed, play, text_of
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from igbuild.config import Experiment
    from igbuild.data.verdict import EpisodeVerdict, VerifyReport
    from tests.recorded import Row

ORIGIN = Origin("lock1", ("site1", "site1-dev"))


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return _template("solo", tmp_path_factory)


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    return _template("duo", tmp_path_factory)


def _template(name: str, folders: pytest.TempPathFactory) -> Experiment:
    folder = folders.mktemp(name) / "study"
    init_experiment(folder, name, force=False)
    return load_experiment(folder / "experiment.toml")


@pytest.fixture(scope="module")
def rows(solo: Experiment) -> list[Row]:
    found = play(solo, seed=58, given={"difficulty": 2})
    assert len(found) == 60
    assert any(row["rewards.human"] for row in found), "some reward is needed to alter one"
    return found


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    made = Recording(tmp_path / "data")
    yield made
    made.close()


SOLO: dict[str, Any] = {"seed": 58, "globals": {"difficulty": 2}}


def replayed(experiment: Experiment, recording: Recording, origin: Origin = ORIGIN) -> VerifyReport:
    replayer = Replayer(NativePython(experiment), experiment.config, origin)
    return verify(recording.folder, judging=replayer.judge)


def one(experiment: Experiment, recording: Recording, origin: Origin = ORIGIN) -> EpisodeVerdict:
    (found,) = replayed(experiment, recording, origin).episodes
    return found


def test_what_was_played_is_verified(solo: Experiment, recording: Recording, rows: list[Row]) -> None:
    recording.add("s", rows, **SOLO)
    found = one(solo, recording)
    assert (found.agreement, found.difference, found.reasons) == (Agreement.VERIFIED, None, ())
    (again,) = found.replays
    assert (again.participants, again.rows, again.hashes) == (("p0",), 60, 7)


def test_an_altered_reward_is_found_and_named(
    solo: Experiment, recording: Recording, rows: list[Row]
) -> None:
    frame = next(row["t"] for row in rows if row["rewards.human"])
    true = rows[frame]["rewards.human"]
    recording.add("s", changed(rows, frame, **{"rewards.human": true + 2**-50}), **SOLO)
    found = one(solo, recording)
    assert found.agreement is Agreement.DESYNCED
    assert found.difference
    assert (found.difference.frame, found.difference.key) == (frame, "rewards.human")
    assert found.difference.values == {"p0": true + 2**-50, REPLAYED: true}
    assert found.replays[0].rows == frame


def test_an_altered_action_shows_at_the_next_hash(
    solo: Experiment, recording: Recording, rows: list[Row]
) -> None:
    action = rows[23]["actions.human"]
    recording.add("s", changed(rows, 23, **{"actions.human": (action + 1) % 5}), **SOLO)
    found = one(solo, recording)
    assert found.agreement is Agreement.DESYNCED
    assert found.difference
    assert (found.difference.frame, found.difference.key) == (30, "stateHash")


def test_an_altered_hash_is_found_and_named(solo: Experiment, recording: Recording, rows: list[Row]) -> None:
    forged = "0" * 64
    recording.add("s", changed(rows, 40, stateHash=forged), **SOLO)
    found = one(solo, recording)
    assert found.difference
    assert (found.difference.frame, found.difference.key) == (40, "stateHash")
    assert found.difference.values == {"p0": forged, REPLAYED: rows[40]["stateHash"]}
    assert found.replays[0].hashes == 4


@pytest.mark.parametrize(
    ("about", "frame"), [({**SOLO, "seed": 8}, 0), ({"seed": 58, "globals": {"difficulty": 1}}, 0)]
)
def test_another_seed_or_parameter_is_another_game(
    solo: Experiment, recording: Recording, rows: list[Row], about: dict[str, Any], frame: int
) -> None:
    recording.add("s", rows, **about)
    found = one(solo, recording)
    assert found.agreement is Agreement.DESYNCED
    assert found.difference
    assert found.difference.frame == frame


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("infos.human.extra", 1, None),
        ("terminateds.human", 0, None),
        ("actions.human", 99, "ValueError: action 99 is not one of 0 to 8"),
        ("rewards.human", {"$float": "much"}, "the row cannot be read"),
    ],
)
def test_what_the_environment_does_not_give_is_a_difference(
    solo: Experiment, recording: Recording, rows: list[Row], key: str, value: Any, said: str | None
) -> None:
    recording.add("s", changed(rows, 5, **{key: value}), **SOLO)
    found = one(solo, recording)
    assert found.difference
    assert (found.difference.frame, found.difference.key) == (5, None if said else key)
    assert (said or "") in str(found.difference.values[REPLAYED])


def test_a_row_left_out_of_the_middle_is_found(
    solo: Experiment, recording: Recording, rows: list[Row]
) -> None:
    shifted = [row | {"t": t} for t, row in enumerate(rows[:20] + rows[21:])]
    recording.add("s", shifted, **SOLO)
    assert one(solo, recording).agreement is Agreement.DESYNCED


def test_rows_after_the_end_and_an_end_that_was_none_are_said(
    solo: Experiment, recording: Recording, rows: list[Row]
) -> None:
    recording.add("s", rows, termination={"reason": "terminated", "frame": 59, "player": None}, **SOLO)
    found = one(solo, recording)
    assert found.agreement is Agreement.PARTIAL
    assert found.reasons == ("p0: the metadata say that the episode was over, but its replay goes on",)
    whole = play(solo, seed=3, steps=2000, interval=100)
    assert whole[-1]["terminateds.human"] or whole[-1]["truncateds.human"]
    recording.add("t", [*whole, {**whole[-1], "t": len(whole)}], seed=3)
    later = replayed(solo, recording).episodes[1]
    assert later.difference
    assert (later.difference.frame, later.difference.key) == (len(whole), None)
    assert "the episode is over" in later.difference.values[REPLAYED]


def test_an_export_that_stops_early_is_part_of_the_longer_one(duo: Experiment, recording: Recording) -> None:
    rows = play(duo, seed=5, steps=40)
    recording.add("s", rows, rows[:25], seed=5)
    found = one(duo, recording)
    assert found.agreement is Agreement.PARTIAL
    assert found.reasons == ("rows: p0 40, p1 25",)
    (again,) = found.replays
    assert (again.participants, again.rows, again.difference) == (("p0", "p1"), 40, None)


def test_who_left_without_metadata_is_replayed_by_the_others(duo: Experiment, recording: Recording) -> None:
    rows = play(duo, seed=5, steps=20)
    recording.add("s", rows[:15], rows, bare=0, seed=5)
    recording.add("t", rows, rows, seed="five")
    left, unknown = replayed(duo, recording).episodes
    assert left.agreement is unknown.agreement is Agreement.PARTIAL
    assert left.reasons == ("rows: p0 15, p1 20", "p0: no metadata")
    assert [(again.participants, again.rows) for again in left.replays] == [(("p1", "p0"), 20)]
    assert unknown.reasons == ("p0, p1: the metadata do not say the seed",)


def test_of_two_players_who_differ_the_replay_says_who_is_right(
    duo: Experiment, recording: Recording
) -> None:
    rows = play(duo, seed=5, steps=40)
    key = next(key for key in rows[0] if key.startswith("rewards."))
    recording.add("s", rows, changed(rows, 12, **{key: 1000}), seed=5)
    found = one(duo, recording)
    assert found.agreement is Agreement.DESYNCED
    assert found.difference
    assert (found.difference.frame, found.difference.key) == (12, key)
    assert set(found.difference.values) == {"p0", "p1"}
    by_player = {again.participants: again.difference for again in found.replays}
    assert by_player["p0",] is None
    wrong = by_player["p1",]
    assert wrong
    assert (wrong.frame, wrong.key) == (12, key)


def test_a_desync_that_a_page_found_stays_one_whatever_the_replay_gives(
    duo: Experiment, recording: Recording
) -> None:
    rows = play(duo, seed=5, steps=20)
    recording.add("s", rows, rows[:15], bare=1, seed=5, status="desynced")
    found = one(duo, recording)
    assert found.agreement is Agreement.DESYNCED
    assert found.difference is None
    assert [again.difference for again in found.replays] == [None]


def test_rows_that_cannot_be_read_or_compared_are_differences_of_their_own_episode(
    solo: Experiment, recording: Recording, rows: list[Row]
) -> None:
    deep: list[Any] = []
    for _ in range(480):
        deep = [deep]
    recording.add("deep", changed(rows, 3, **{"infos.human.x": deep}), **SOLO)
    recording.add("text", changed(rows, 3, **{"infos.human.x": "HALF"}), **SOLO)
    half = text_of(changed(rows, 3, **{"infos.human.x": "HALF"})).replace("HALF", r"\ud800")
    whose = Owner("study", "half", "p0", 0, 1, "site1")
    recording.put(Chunk(whose, 0, Kind.ROWS, 0, half), Chunk(whose, 0, Kind.META, 0, text_of([SOLO])))
    recording.add("odd", rows, **{**SOLO, "siteHash": [], "lockHash": {}})
    *others, odd = replayed(solo, recording).episodes
    found = {one.session: (one.difference.frame, one.difference.key) for one in others if one.difference}
    assert found == {"deep": (3, None), "text": (3, "infos.human.x"), "half": (3, None)}
    assert (odd.agreement, odd.difference) == (Agreement.PARTIAL, None)
    json.dumps(replayed(solo, recording).to_json(), ensure_ascii=False).encode()


def test_another_build_is_said(solo: Experiment, recording: Recording, rows: list[Row]) -> None:
    recording.add("s", rows, **SOLO)
    found = one(solo, recording, Origin("lock2", ("site2", "site3")))
    assert found.agreement is Agreement.PARTIAL
    assert found.reasons == (
        "played with the lock lock1; the experiment's is lock2",
        "played on the site site1; the experiment gives site2 or site3",
        "a replay may differ for that alone: verify with the version of the study that was played",
    )
    assert found.replays[0].rows == 60
    assert one(solo, recording, Origin(None, ())).reasons == (
        "the experiment has no lock: that this is what was played cannot be known",
    )


def test_many_episodes_go_through_several_pythons_in_order(
    solo: Experiment, recording: Recording, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        played = rows if number != 3 else changed(rows, 10, stateHash="0" * 64)
        recording.add(f"s{number}", played, **(SOLO if number != 1 else {"globals": {}}))
    whole = replayed(solo, recording)
    monkeypatch.setattr(replay, "BATCH_ROWS", 100)
    assert replayed(solo, recording) == whole
    assert [found.agreement.value for found in whole.episodes] == [
        "verified",
        "partial",
        "verified",
        "desynced",
        "verified",
    ]


def command(experiment: Experiment, *arguments: str) -> Any:
    return CliRunner().invoke(main, ["data", *arguments, "-c", str(experiment.path)])


@pytest.fixture
def filled(solo: Experiment, rows: list[Row]) -> Iterator[Experiment]:
    """The solo experiment with a good and a forged session where its TOML says that data goes."""
    folder = solo.root / solo.config.server.data
    made = Recording(folder)
    made.add("good", rows, **SOLO)
    made.add("forged", changed(rows, 10, stateHash="0" * 64), **SOLO)
    yield solo
    made.close()
    for file in folder.iterdir():
        file.unlink()


def test_the_commands_list_verify_and_export(filled: Experiment, tmp_path: Path) -> None:
    listed = command(filled, "list")
    assert listed.exit_code == 0, listed.output
    head, good, forged = (line.split() for line in listed.stdout.splitlines())
    assert head == ["session", "begun", "(UTC)", "player", "episodes", "size"]
    assert (good[0], good[3:6]) == ("good", ["0:", "p0", "1"])
    assert forged[0] == "forged"
    assert [found["session"] for found in json.loads(command(filled, "list", "--json").stdout)] == [
        "good",
        "forged",
    ]
    done = command(filled, "verify", "--in", "native")
    assert done.exit_code == 1, done.output
    assert "desynced  forged, episode 0: 60 rows agreed, 10 replayed with 1 state hash" in done.stdout
    assert "the replay of p0 differs at frame 10, stateHash (p0: 000" in done.stdout
    assert "the experiment has no lock" in done.stdout
    assert "math.sin" in done.stderr
    assert "1 partial, 1 desynced" in done.stderr
    good = command(filled, "verify", "--in", "native", "--session", "good", "--json")
    assert good.exit_code == 0, good.output
    told = json.loads(good.stdout)
    assert (told["ok"], told["partial"], told["episodes"][0]["replays"][0]["rows"]) == (True, 1, 60)
    compared = command(filled, "verify", "--in", "none")
    assert (compared.exit_code, "2 verified" in compared.stderr) == (0, True)
    out = tmp_path / "out"
    exported = command(filled, "export", "--csv", str(out))
    assert exported.exit_code == 0, exported.output
    assert len((out / "rows.csv").read_text().splitlines()) == 121


@pytest.mark.parametrize("arguments", [("verify", "--in", "native"), ("import", "parts.jsonl")])
def test_a_command_loads_the_experiment_once(
    filled: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts.jsonl").touch()
    loaded: list[Path] = []

    def load(path: Path) -> Experiment:
        loaded.append(path)
        return load_experiment(path)

    monkeypatch.setattr("igbuild.data.command.load_experiment", load)
    command(filled, *arguments)
    assert len(loaded) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("export", "out"), 2, "--csv, --jsonl or --parquet"),
        (("verify", "--python", "env.py"), 2, "--in native"),
        (("verify", "--in", "native", "--session", "nobody"), 1, "no session 'nobody'"),
        (("verify",), 3, "out of date"),
        (("list", "--data", "nowhere"), 1, "no data here yet"),
    ],
)
def test_what_cannot_be_done_is_said(
    filled: Experiment, arguments: tuple[str, ...], code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(filled.root)
    done = command(filled, *arguments)
    assert done.exit_code == code, done.output
    assert said in done.stderr


@pytest.mark.browser
def test_data_is_verified_in_the_locked_pyodide(
    tmp_path: Path, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    from igbuild.data.command import replayed as in_pyodide
    from igbuild.data.origin import origin_of
    from igbuild.packages.api import locked
    from igbuild.packages.cache import Store

    monkeypatch.setenv("IGBUILD_CHROMIUM", chromium() or "")
    init_experiment(tmp_path / "study", "solo", force=False)
    experiment = load_experiment(tmp_path / "study/experiment.toml")
    lock = locked(experiment, Store(), frozen=False)
    site, dev = origin_of(experiment).sites
    assert site != dev
    made = Recording(experiment.root / "data", site, lock.sha256)
    made.add("good", rows, **SOLO)
    made.add("forged", changed(rows, 10, **{"rewards.human": 9}), **SOLO)
    made.close()
    good, forged = in_pyodide(experiment, experiment.root / "data").episodes
    assert (good.agreement, good.reasons, good.replays[0].rows) == (Agreement.VERIFIED, (), 60)
    assert forged.difference
    assert (forged.difference.frame, forged.difference.key) == (10, "rewards.human")

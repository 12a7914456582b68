"""Listing, comparing and exporting what was collected."""

from __future__ import annotations

import asyncio
import csv
import json
import sys

import pytest
from click.testing import CliRunner

from igbuild.cli import main
from igbuild.data import Format, export, list_sessions, verify
from igbuild.data.compare import first_difference
from igbuild.data.verdict import Agreement
from igbuild.errors import IgbuildError, ToolMissing
from igbuild.serve.store.chunks import Chunk, Kind, Owner
from igbuild.serve.store.writer import Store, StoreLimits

END = {"reason": "terminated", "frame": 9, "player": None}


def row(t: int, **changed) -> dict:
    known = {
        "episode": 0,
        "t": t,
        "actions.0": t % 3,
        "actions.1": 0,
        "rewards.0": 0.5 * t,
        "rewards.1": {"$float": "nan"},
        "terminateds.0": t == 9,
        "infos.0.seen": [1, "a,b"],
        "isFocused.0": True,
    }
    return known | changed


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(r, separators=(",", ":")) + "\n" for r in rows)


class Study:
    """A data folder that is filled as browsers do."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.store = Store(folder, StoreLimits(free_bytes=0))

    def put(self, owner: Owner, kind: Kind, content: str, index: int = 0, episode: int = 0) -> None:
        asyncio.run(self.store.put([Chunk(owner, episode, kind, index, content)]))

    def play(
        self, session: str, *exports: list[dict] | None, seats: int | None = None, **meta
    ) -> list[Owner]:
        """Hand in an episode; one list of rows for each player, None for one who handed in nothing."""
        owners = []
        for seat, rows in enumerate(exports):
            owner = Owner("duo", session, f"{session}-p{seat}", seat, seats or len(exports), "site1")
            owners.append(owner)
            if rows is None:
                continue
            for index in range(0, len(rows), 4):
                self.put(owner, Kind.ROWS, lines(rows[index : index + 4]), index // 4)
            about = {"rows": len(rows), "status": "verified", "termination": END, "seed": 7} | meta
            self.put(owner, Kind.META, lines([about]))
        return owners


@pytest.fixture
def study(tmp_path):
    made = Study(tmp_path / "data")
    yield made
    made.store.close()


TEN = [row(t) for t in range(10)]


def verdict(study: Study, session: str = "s"):
    (found,) = verify(study.folder, session).episodes
    return found


def test_equal_exports_are_verified(study) -> None:
    study.play("s", TEN, TEN)
    found = verdict(study)
    assert (found.agreement, found.rows, found.difference, found.reasons) == (
        Agreement.VERIFIED,
        10,
        None,
        (),
    )
    assert verify(study.folder).ok


def test_a_lone_players_rows_are_verified(study) -> None:
    study.play("s", TEN)
    assert verdict(study).agreement is Agreement.VERIFIED


def test_a_difference_is_named_by_frame_and_key(study) -> None:
    study.play(
        "s", TEN, [*TEN[:6], row(6, **{"rewards.0": 3.0000000000000004, "isFocused.0": False}), *TEN[7:]]
    )
    found = verdict(study)
    assert (found.agreement, found.rows) == (Agreement.DESYNCED, 6)
    assert (found.difference.frame, found.difference.key) == (6, "rewards.0")
    assert found.difference.values == {"s-p0": 3.0, "s-p1": 3.0000000000000004}
    assert not verify(study.folder).ok


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ('{"a":1,"b":2}', '{"b": 2, "a": 1.0}', None),
        ('{"a":1}', '{"a":true}', "a"),
        ('{"a":[0]}', '{"a":[false]}', "a"),
        ('{"a":0}', '{"a":null}', "a"),
        ('{"a":1}', '{"a":1,"z":1}', "z"),
        ('{"a":{"k":1}}', '{"a":{"k":2}}', "a"),
        ('{"a":0.1}', '{"a":0.10000000000000002}', "a"),
    ],
)
def test_what_counts_as_different(one, other, differs) -> None:
    found = first_difference({"x": [one], "y": [other]})
    assert (found.key if found else None) == differs


def test_who_left_hides_no_difference_between_the_others() -> None:
    rows = [json.dumps(row(t)) for t in range(100)]
    other = [*rows[:50], json.dumps(row(50, **{"rewards.0": 0})), *rows[51:]]
    found = first_difference({"a": rows, "b": other, "c": rows[:10]})
    assert (found.frame, found.key, found.values) == (50, "rewards.0", {"a": 25.0, "b": 0})
    assert first_difference({"c": rows[:10], "a": rows, "b": rows}) is None


def test_a_row_that_cannot_be_read_is_a_difference() -> None:
    found = first_difference({"x": ["{}"], "y": ["{"]})
    assert (found.frame, found.key) == (0, None)


@pytest.mark.parametrize(
    ("exports", "options", "reason"),
    [
        ((TEN, None), {}, "1 of 2 players handed in data"),
        ((TEN, TEN[:7]), {}, "rows: s-p0 10, s-p1 7"),
        ((TEN, TEN), {"status": "partial"}, "s-p0: ended as partial (terminated)"),
        ((TEN, TEN), {"termination": None}, "s-p0: the metadata does not say how the episode ended"),
        ((TEN, TEN), {"rows": 12}, "s-p0: 10 of 12 rows"),
        (([row(1)], [row(1)]), {}, "s-p0: row 0 says episode 0, t 1"),
        ((TEN, TEN, TEN), {"seats": 4}, "3 of 4 players handed in data"),
    ],
)
def test_what_is_missing_makes_it_partial(study, exports, options, reason) -> None:
    study.play("s", *exports, **options)
    found = verdict(study)
    assert found.agreement is Agreement.PARTIAL
    assert reason in found.reasons
    assert verify(study.folder).ok, "a partner who left is no fault"


def test_missing_doubled_and_unreadable_chunks_are_said_and_nothing_is_lost(study) -> None:
    a, b = study.play("s", TEN, TEN)
    study.put(a, Kind.ROWS, lines([row(0, **{"actions.0": 9})]), 0)
    study.put(b, Kind.ROWS, lines([row(20)]), 5)
    found = verdict(study)
    assert found.agreement is Agreement.PARTIAL
    assert found.reasons == (
        "s-p0: rows chunk 0 was handed in again with another content (kept beside)",
        "s-p1: rows chunk 3 is missing; chunk 5 and later are left out",
    )
    assert list_sessions(study.folder)[0].players[0].conflicts == 1
    owner = Owner("duo", "t", "t-p0", 0, 1, "site1")
    study.put(owner, Kind.ROWS, lines(TEN[:1]) + "not json\n")
    assert "t-p0: rows line 1 cannot be read" in verdict(study, "t").reasons[0]


def test_the_newest_metadata_counts(study) -> None:
    (owner,) = study.play("s", TEN, status="partial")
    study.put(owner, Kind.META, lines([{"rows": 10, "status": "verified", "termination": END}]), 1)
    assert verdict(study).agreement is Agreement.VERIFIED


def test_sessions_are_listed_in_order(study) -> None:
    study.play("first", TEN, TEN)
    study.play("second", TEN)
    first, second = list_sessions(study.folder)
    assert (first.session, second.session) == ("first", "second")
    assert [(p.participant, p.seat, p.episodes, p.chunks) for p in first.players] == [
        ("first-p0", 0, 1, 4),
        ("first-p1", 1, 1, 4),
    ]
    assert first.players[0].bytes > 1000


def table(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_agreed_rows_are_exported_once(study, tmp_path) -> None:
    study.play("s", TEN, [*TEN[:6], row(6, **{"actions.1": 5})])
    report = export(study.folder, tmp_path / "out", Format.CSV)
    rows = table(tmp_path / "out" / "rows.csv")
    assert [r["t"] for r in rows] == list("012345")
    assert rows[3] == {
        "session": "s",
        "episode": "0",
        "t": "3",
        "actions.0": "0",
        "actions.1": "0",
        "rewards.0": "1.5",
        "rewards.1": "nan",
        "terminateds.0": "false",
        "infos.0.seen": '[1,"a,b"]',
        "isFocused.0": "true",
    }
    about = table(tmp_path / "out" / "episodes.csv")
    assert [
        (r["participant"], r["agreement"], r["agreed_rows"], r["first_difference_key"]) for r in about
    ] == [
        ("s-p0", "desynced", "6", "actions.1"),
        ("s-p1", "desynced", "6", "actions.1"),
    ]
    assert about[0]["meta.termination.reason"] == "terminated"
    assert {file.path.name: file.records for file in report.files} == {"rows.csv": 6, "episodes.csv": 2}
    assert any("differ at frame 6, actions.1" in problem for problem in report.problems)


def test_who_left_costs_the_others_no_rows(study, tmp_path) -> None:
    rows = [row(t) for t in range(100)]
    study.play("three", rows[:10], rows, rows)
    study.play("parted", rows[:10], rows, [*rows[:50], row(50, **{"rewards.0": 0}), *rows[51:]])
    study.play("two", rows, rows[:7])
    three, parted, two = verify(study.folder).episodes
    assert (three.agreement, three.rows, two.agreement, two.rows) == ("partial", 100, "partial", 100)
    assert "rows: three-p0 10, three-p1 100, three-p2 100" in three.reasons
    assert (parted.agreement, parted.rows, parted.difference.frame) == (Agreement.DESYNCED, 50, 50)
    export(study.folder, tmp_path / "out", Format.CSV)
    written = [(r["session"], int(r["t"])) for r in table(tmp_path / "out" / "rows.csv")]
    counts = {"three": 100, "parted": 50, "two": 100}
    assert written == [(name, t) for name, count in counts.items() for t in range(count)]


def test_where_the_other_side_of_a_desync_is_missing_the_rows_before_it_are_agreed(study, tmp_path) -> None:
    owner, _ = study.play("s", TEN, TEN[:2], status="desynced")
    frames = [{"type": "frame", "t": t} for t in range(10)]
    study.put(owner, Kind.VALIDATION, lines([*frames, {"type": "desync", "frame": 6}]))
    found = verdict(study)
    assert (found.agreement, found.rows, found.difference) == (Agreement.DESYNCED, 6, None)
    assert any("ended as desynced" in reason for reason in found.reasons)
    export(study.folder, tmp_path / "out", Format.CSV)
    assert [r["t"] for r in table(tmp_path / "out" / "rows.csv")] == list("012345")


def test_no_row_after_a_difference_is_exported_in_place_of_one_that_cannot_be_read(study, tmp_path) -> None:
    for seat, reward in enumerate((0, 1)):
        owner = Owner("duo", "s", f"p{seat}", seat, 2, "site1")
        last = [row(4), row(5, **{"rewards.0": reward})]
        study.put(owner, Kind.ROWS, lines(TEN[:3]) + "not json\n" + lines(last))
    export(study.folder, tmp_path / "out", Format.CSV)
    assert [r["t"] for r in table(tmp_path / "out" / "rows.csv")] == list("0124")


def test_each_players_own_rows_are_equal_to_the_byte(study, tmp_path) -> None:
    study.play("s", TEN, TEN)
    export(study.folder, tmp_path / "out", Format.JSONL, per_player=True)
    texts: dict[str, list[str]] = {}
    for line in (tmp_path / "out" / "rows.jsonl").read_text().splitlines():
        key, rest = line.split(',"episode"', 1)
        texts.setdefault(key, []).append(rest)
    first, second = texts.values()
    assert len(first) == 10
    assert first == second


def test_local_data_and_validation_have_their_own_tables(study, tmp_path) -> None:
    a, b = study.play("s", TEN, TEN)
    study.put(a, Kind.LOCAL, lines([{"t": 0, "rttMs": 31.5}]))
    study.put(b, Kind.VALIDATION, lines([{"type": "rollback", "frame": 3, "depth": 2}]))
    export(study.folder, tmp_path / "out", Format.CSV)
    assert table(tmp_path / "out" / "local.csv") == [
        {"session": "s", "participant": "s-p0", "seat": "0", "episode": "0", "t": "0", "rttMs": "31.5"}
    ]
    assert table(tmp_path / "out" / "validation.csv")[0]["type"] == "rollback"


def test_telemetry_has_a_table_of_its_own_in_every_format_and_no_say(study, tmp_path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    a, b = study.play("s", TEN, TEN)
    first = {
        "episode": 0,
        "at": 1.5e12,
        "t": 3,
        "rollbacks": 2,
        "path.1": "direct",
        "rtt.1": 31.5,
        "jitter.1": 2,
    }
    second = {
        "episode": 0,
        "at": 1.5e12 + 1000,
        "t": 9,
        "rollbacks": 0,
        "rtt.1": 30,
        "pings.1": 4,
        "lost.1": 1,
    }
    study.put(a, Kind.TELEMETRY, lines([first]))
    study.put(a, Kind.TELEMETRY, lines([second]), index=1)
    study.put(b, Kind.TELEMETRY, lines([{"episode": 0, "at": 1.5e12, "t": 5, "rtt.0": 99}]))
    assert verdict(study).agreement is Agreement.VERIFIED
    key = {"session": "s", "participant": "s-p0", "seat": 0, "episode": 0}
    for form in Format:
        report = export(study.folder, tmp_path / form, form)
        assert {file.path.stem: file.records for file in report.files} == {
            "rows": 10,
            "episodes": 2,
            "telemetry": 3,
        }
    told = [json.loads(line) for line in (tmp_path / "jsonl" / "telemetry.jsonl").read_text().splitlines()]
    assert told[:2] == [key | first, key | second]
    assert list(told[0])[:5] == ["session", "participant", "seat", "episode", "at"]
    columns = pq.read_table(tmp_path / "parquet" / "telemetry.parquet").to_pydict()
    assert columns["rtt.1"] == [31.5, 30.0, None]
    assert columns["path.1"] == ["direct", None, None]
    assert columns["participant"] == ["s-p0", "s-p0", "s-p1"]
    assert [r["lost.1"] for r in table(tmp_path / "csv" / "telemetry.csv")] == ["", "1", ""]


def test_forged_columns_cannot_speak_for_another(study, tmp_path) -> None:
    study.play("s", [row(0, session="victim", participant="victim", seat=5)])
    export(study.folder, tmp_path / "out", Format.CSV, per_player=True)
    found = table(tmp_path / "out" / "rows.csv")[0]
    assert (found["session"], found["participant"], found["seat"]) == ("s", "s-p0", "0")


HOSTILE = {
    "half a character": r'{"episode":0,"t":0,"x":"\ud800"}',
    "half a character in a key": r'{"episode":0,"t":0,"\udfff":1}',
    "deep": '{"episode":0,"t":0,"x":' + "[" * 500 + "]" * 500 + "}",
    "deeper": '{"episode":0,"t":0,"x":' + '{"a":' * 100_000 + "1" + "}" * 100_001,
    "long": '{"episode":0,"t":0,"x":1' + "0" * 5000 + "}",
}
ODD = {
    "a number that is none": '{"episode":0,"t":0,"rewards.0":{"$float":[]}}',
    "a number of another name": '{"episode":0,"t":0,"rewards.0":{"$float":"ten"}}',
    "a large one": '{"episode":0,"t":0,"t2":1' + "0" * 400 + "}",
    "a character": r'{"episode":0,"t":0,"x":"\ud83d\ude00"}',
    "a few levels": '{"episode":0,"t":0,"x":' + "[" * 63 + "]" * 63 + "}",
    "nothing": r'{"episode":0,"t":0,"x":"\u0000\u001b[2J\r\n","":null}',
}


@pytest.mark.parametrize("line", (HOSTILE | ODD).values(), ids=(HOSTILE | ODD).keys())
def test_nothing_that_one_participant_hands_in_stops_the_others_tables(study, tmp_path, line) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    study.play("good", TEN, TEN)
    hostile = Owner("duo", "hostile", "p0", 0, 2, "site1")
    study.put(Owner("duo", "hostile", "p1", 1, 2, "site1"), Kind.ROWS, line.replace('"t":0', '"t": 0'))
    for kind in Kind:
        study.put(hostile, kind, line)
    readable = line in ODD.values()
    for form in Format:
        report = export(study.folder, tmp_path / form, form)
        for kind in ("rows", "local", "validation", "telemetry", "meta"):
            said = f"p0: {kind} line 0 cannot be read"
            assert sum(said in problem for problem in report.problems) == (
                kind in ("rows", "meta") and not readable
            ), report.problems
    assert len(pq.read_table(tmp_path / "parquet" / "rows.parquet")) == 10 + readable
    assert len(table(tmp_path / "csv" / "rows.csv")) == 10 + readable
    assert len((tmp_path / "jsonl" / "rows.jsonl").read_text().splitlines()) == 10 + readable
    list_sessions(study.folder)


def test_what_a_participant_wrote_does_nothing_to_the_terminal(study, tmp_path) -> None:
    study.play("s", TEN, status="\x1b[2Jverified", termination={"reason": "\x1b]0;mine\x07"})
    study.store.close()
    arguments = ["data", "export", "--csv", str(tmp_path / "out"), "--data", str(study.folder)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert r"ended as \x1b[2Jverified (\x1b]0;mine\x07)" in done.stderr
    assert "\x1b" not in done.output


def test_path_like_ids_stay_in_the_table(study, tmp_path) -> None:
    owner = Owner("duo", "../../x", "/etc/passwd", 0, 1, "site1")
    study.put(owner, Kind.ROWS, lines(TEN))
    before = sorted(tmp_path.parent.iterdir())
    export(study.folder, tmp_path / "out", Format.CSV)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["episodes.csv", "rows.csv"]
    assert sorted(tmp_path.parent.iterdir()) == before


def test_parquet_has_types(study, tmp_path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    mixed = [
        row(0, extra=1),
        row(1, extra=2.5),
        row(2, extra=None),
        row(3, extra={"$float": "-0.0"}),
    ]
    study.play("s", mixed, mixed)
    export(study.folder, tmp_path / "out", Format.PARQUET)
    found = pq.read_table(tmp_path / "out" / "rows.parquet")
    kinds = {field.name: str(field.type) for field in found.schema}
    assert kinds["t"] == "int64"
    assert kinds["rewards.0"] == kinds["rewards.1"] == kinds["extra"] == "double"
    assert kinds["terminateds.0"] == "bool"
    assert kinds["infos.0.seen"] == "string"
    assert found["extra"].to_pylist() == [1.0, 2.5, None, -0.0]


def test_without_pyarrow_one_is_told_what_to_install(study, tmp_path, monkeypatch) -> None:
    study.play("s", TEN)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ToolMissing, match=r"igbuild\[parquet\]"):
        export(study.folder, tmp_path / "out", Format.PARQUET)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_later_export_replaces_the_earlier_one_whole(study, tmp_path) -> None:
    (owner,) = study.play("s", TEN)
    study.put(owner, Kind.LOCAL, lines([{"t": 0}]))
    study.play("other", TEN)
    export(study.folder, tmp_path / "out", Format.CSV)
    export(study.folder, tmp_path / "out", Format.CSV, session="other")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["episodes.csv", "rows.csv"]
    assert {r["session"] for r in table(tmp_path / "out" / "rows.csv")} == {"other"}


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("name", ["rows", "validation"], ids=["would be replaced", "would be removed"])
def test_a_file_that_igbuild_did_not_write_is_left_alone(study, tmp_path, form, name) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    study.play("s", TEN)
    out = tmp_path / "out"
    out.mkdir()
    mine = out / f"{name}.{form}"
    pq.write_table(pa.table({"mine": ["session"]}), tmp_path / "table")
    for content in (b"", b"mine,session\n", b'{"mine":1}\n', (tmp_path / "table").read_bytes()):
        mine.write_bytes(content)
        with pytest.raises(IgbuildError, match=rf"{name}\.{form}: is no table that igbuild wrote"):
            export(study.folder, out, form)
        assert mine.read_bytes() == content
        assert list(out.iterdir()) == [mine]
    mine.unlink()
    (out / "notes.txt").write_text("mine")
    export(study.folder, out, form)
    export(study.folder, out, form)
    assert {path.name for path in out.iterdir()} == {"notes.txt", f"rows.{form}", f"episodes.{form}"}


def test_no_data_says_what_to_do(tmp_path, study) -> None:
    with pytest.raises(IgbuildError, match="no data here yet"):
        list_sessions(tmp_path / "nowhere")
    with pytest.raises(IgbuildError, match="no session 'x'"):
        verify(study.folder, "x")
    assert verify(study.folder).episodes == ()

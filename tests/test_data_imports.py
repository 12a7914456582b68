"""Files that pages posted elsewhere or saved, taken into the store like a browser's upload."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from igbuild.cli import main
from igbuild.data import import_files, list_sessions, verify
from igbuild.data.imports import _batches
from igbuild.errors import IgbuildError
from igbuild.serve.store.chunks import Chunk, Kind, Owner
from igbuild.serve.store.schema import open_for_writing
from igbuild.serve.store.writer import BATCH_BYTES, StoreLimits
from tests.recorded import text_of

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"episode": 0, "t": t, "actions.a": t % 3, "rewards.a": 0.1} for t in range(5)]
META = {
    "completionCode": "7K3M9QXA",
    "rows": 5,
    "status": "verified",
    "termination": {"reason": "truncated", "frame": 4, "player": None},
}


def line(kind: str, index: int, content: str, **more: Any) -> dict[str, Any]:
    whose = {"experiment": "study", "session": "s1", "participant": "Müller, A.", "seat": 0, "seats": 1}
    return {
        "format": 1,
        "id": f"me/0/{kind}/{index}",
        **whose,
        "site": "site1",
        "episode": 0,
        "kind": kind,
        "index": index,
        "content": content,
        **more,
    }


PARTS = [
    line("rows", 0, text_of(ROWS[:2])),
    line("rows", 1, text_of(ROWS[2:])),
    line("meta", 0, text_of([META])),
]


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    texts = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines]
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def test_posts_in_any_order_and_number_are_one_episode(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = write(tmp_path / "1.jsonl", PARTS[2], PARTS[0], "")
    second = write(tmp_path / "2.jsonl", PARTS[1], {**PARTS[0], "received": "2026-11-30T10:00:00Z"})
    report = import_files([first, second], data, "study")
    assert (report.stored, report.duplicates, report.conflicts) == (3, 1, 0)
    assert report.sessions == ("s1",)
    (found,) = verify(data).episodes
    assert (found.agreement, found.rows, found.reasons) == ("verified", 5, ())
    (session,) = list_sessions(data)
    assert session.players[0].code == "7K3M9QXA"
    assert (session.players[0].participant, session.site) == ("Müller, A.", "site1")
    again = import_files([second, first, first], data)
    assert (again.stored, again.duplicates, again.conflicts) == (0, 6, 0)


def test_players_of_one_session_come_from_different_files(tmp_path: Path) -> None:
    files = [
        write(
            tmp_path / f"{seat}.jsonl",
            *({**part, "participant": f"p{seat}", "seat": seat, "seats": 2} for part in PARTS),
        )
        for seat in (0, 1)
    ]
    import_files(files[:1], tmp_path / "data")
    assert verify(tmp_path / "data").episodes[0].reasons == ("1 of 2 players handed in data",)
    import_files(files[1:], tmp_path / "data")
    assert verify(tmp_path / "data").episodes[0].agreement == "verified"


def test_another_content_of_the_same_part_is_kept_beside_and_told(tmp_path: Path) -> None:
    forged = line("rows", 0, text_of([{**ROWS[0], "rewards.a": 9}, ROWS[1]]))
    report = import_files([write(tmp_path / "a.jsonl", *PARTS, forged)], tmp_path / "data")
    assert (report.stored, report.conflicts) == (3, 1)
    (found,) = verify(tmp_path / "data").episodes
    assert "handed in again with another content" in found.reasons[0]


def test_the_owners_files_may_be_larger_than_what_the_door_takes(tmp_path: Path) -> None:
    limits = StoreLimits()
    file = tmp_path / "large.jsonl"
    size = 600_000
    with file.open("w", encoding="utf-8") as written:
        for index in range(limits.queued_bytes // size + 10):  # more at once than the door lets wait
            written.write(json.dumps(line("local", index, "x" * size)) + "\n")
        written.write(json.dumps(line("local", index + 1, "x" * (limits.queued_bytes + 1))) + "\n")
    assert import_files([file], tmp_path / "data").stored == index + 2
    with closing(open_for_writing(tmp_path / "data")) as connection:
        connection.execute("UPDATE sessions SET bytes = ?", (limits.session_bytes,))
    assert import_files([write(tmp_path / "more.jsonl", *PARTS)], tmp_path / "data").stored == 3


def test_parts_are_stored_together_up_to_a_size() -> None:
    owner = Owner("study", "s1", "p0", 0, 1, "site1")
    sizes = [1, BATCH_BYTES - 1, 1, BATCH_BYTES + 1, 2]
    chunks = [Chunk(owner, 0, Kind.LOCAL, index, "x" * size) for index, size in enumerate(sizes)]
    assert [[chunk.index for chunk in batch] for batch in _batches(chunks)] == [[0, 1], [2], [3], [4]]
    assert list(_batches([])) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "EOF while parsing"),
        ("[]", "object"),
        (ROWS[0], "format: Field required"),
        ({**PARTS[1], "kind": "../rows"}, "kind: "),
        ({**PARTS[1], "index": -1}, "index: "),
        ({**PARTS[1], "session": "../../evil"}, "session: "),
        ({**PARTS[1], "seat": "0"}, "seat: "),
        ({**PARTS[1], "format": 2}, "format: "),
        ({**PARTS[1], "experiment": "other"}, "of the experiment 'other', and this is 'study'; .* --data"),
    ],
)
def test_where_a_line_is_none_nothing_is_imported(
    tmp_path: Path, wrong: dict[str, Any] | str, said: str
) -> None:
    file = write(tmp_path / "saved.jsonl", PARTS[0], "", wrong, PARTS[2])
    with pytest.raises(IgbuildError, match=rf"nothing was imported:\n.*saved\.jsonl:3: .*{said}"):
        import_files([file], tmp_path / "data", "study")
    assert not (tmp_path / "data").exists()


def test_a_folder_full_of_mistakes_is_told_in_ten_lines(tmp_path: Path) -> None:
    with pytest.raises(IgbuildError) as caught:
        import_files([write(tmp_path / "rows.csv", *["a,b"] * 25)], tmp_path / "data")
    lines = caught.value.message.splitlines()
    assert (len(lines), lines[-1]) == (12, "... and 15 more")


def test_the_command_says_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "env.py").write_text("def make(): ...\n")
    (tmp_path / "experiment.toml").write_text(
        '[experiment]\nname = "study"\n[environment]\nentry_point = "env:make"\n'
    )
    write(tmp_path / "saved.jsonl", *PARTS)
    done = CliRunner().invoke(main, ["data", "import", "saved.jsonl"])
    assert (done.exit_code, done.stdout) == (0, "3 new parts of 1 session, 0 were there already\n"), (
        done.output
    )
    told = json.loads(CliRunner().invoke(main, ["data", "import", "saved.jsonl", "--json"]).stdout)
    assert told == {"stored": 0, "duplicates": 3, "conflicts": 0, "sessions": ["s1"]}
    assert "code 7K3M9QXA" in CliRunner().invoke(main, ["data", "list"]).stdout
    assert CliRunner().invoke(main, ["data", "import"]).exit_code == 2
    write(tmp_path / "other.jsonl", {**PARTS[0], "experiment": "other"})
    refused = CliRunner().invoke(main, ["data", "import", "other.jsonl"])
    assert (refused.exit_code, "other.jsonl:1: of the experiment" in refused.stderr) == (1, True)
    elsewhere = CliRunner().invoke(main, ["data", "import", "other.jsonl", "--data", "elsewhere"])
    assert (elsewhere.exit_code, (tmp_path / "elsewhere/data.sqlite3").is_file()) == (0, True)

"""The data process: it dies, hangs or grows, and nothing is left; values never leave it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fixtures import build_hostile
from linter.data.process import DataProcess, kill_tree
from linter.errors import DataProcessFailed, Unreadable
from tests.data.conftest import table

pytest.importorskip("tableauhyperapi", reason="the Hyper engine has no build for this platform")
ROOT = Path(__file__).resolve().parents[2]
SLOW = "select count(*) from generate_series(1, 100000000) a, generate_series(1, 100000) b where (a * b) % 7 = 3"


def tree(process):
    """The child and whatever it started."""
    child = psutil.Process(process._child.pid)
    return [child, *child.children(recursive=True)]


def all_gone(members, within=10.0):
    """Whether every process of a list ends in time."""
    _, alive = psutil.wait_procs(members, timeout=within)
    return not [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def running(process):
    process.open_hyper()
    members = tree(process)
    assert len(members) > 1, "no engine was started"
    return members


# -- ends ----------------------------------------------------------------------------------------


def test_nothing_is_left_after_success():
    with DataProcess() as process:
        members = running(process)
        directory = process.directory
        assert directory.is_dir()
        if os.name == "posix":
            assert directory.stat().st_mode & 0o077 == 0  # nobody else may look into it
    assert all_gone(members)
    assert not directory.exists()


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ValueError])
def test_nothing_is_left_after_an_error_in_the_caller(kind):
    process = DataProcess()

    def use():
        with process:
            members.extend(running(process))
            (process.directory / "rows.hyper").write_bytes(b"rows")
            raise kind

    members = []
    with pytest.raises(kind):
        use()
    assert all_gone(members)
    assert not process.directory.exists()


def test_a_killed_child_is_reported_and_takes_its_engine_along():
    with DataProcess() as process:
        members, directory = running(process), process.directory
        members[0].kill()
        with pytest.raises(DataProcessFailed, match="the data process crashed"):
            process.query("select 1", [])
        with pytest.raises(DataProcessFailed, match="the data process crashed"):  # and it is not started again
            process.query("select 1", [])
        assert all_gone(members)
    assert not directory.exists()


def test_a_killed_engine_is_reported():
    with DataProcess() as process:
        members = running(process)
        for engine in members[1:]:
            engine.kill()
        with pytest.raises((DataProcessFailed, Unreadable)):
            process.query("select 1", [])
    assert all_gone(members)


def test_a_request_that_takes_too_long_kills_the_tree():
    with DataProcess() as process:
        members = running(process)
        process._timeout = 1.0
        started = time.monotonic()
        with pytest.raises(DataProcessFailed, match="no answer within 1 second"):
            process.query(SLOW, [])
        assert time.monotonic() - started < 5
        assert all_gone(members)
    assert not process.directory.exists()


@pytest.mark.parametrize("path", [None, build_hostile.POWERBI], ids=["extract", "model"])
def test_a_process_that_grows_too_large_is_killed(path):
    def grow(process):
        if path is None:
            process.open_hyper()
        else:
            process.open_model(path)
        process.query(SLOW, [])

    with DataProcess(memory=64 * 2**20) as process:
        with pytest.raises(DataProcessFailed) as failed:
            grow(process)
        assert str(failed.value) == "decoding needs more than the memory limit of 0.1 GiB"
    assert not process.directory.exists()


INTERRUPTED = """
import sys, time
from linter.data.process import DataProcess
with DataProcess() as process:
    process.open_hyper()
    (process.directory / "rows.hyper").write_bytes(b"rows")
    print(process._child.pid, process.directory, flush=True)
    {then}
"""


def interrupted(then, send):
    """Start a program that holds a data process, send it a signal; its members and directory."""
    code = INTERRUPTED.format(then=then)
    program = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert program.stdout is not None
    pid, directory = program.stdout.readline().split(maxsplit=1)
    members = [psutil.Process(int(pid)), *psutil.Process(int(pid)).children(recursive=True)]
    assert len(members) > 1
    time.sleep(0.2)
    program.send_signal(send)
    program.wait(20)
    program.stdout.close()
    return members, Path(directory.strip())


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
@pytest.mark.parametrize("send", ["SIGTERM", "SIGKILL"])
def test_nothing_is_left_of_an_interrupted_program(send):
    members, directory = interrupted("time.sleep(60)", getattr(signal, send))
    assert all_gone(members)
    assert not directory.exists()


@pytest.mark.skipif(os.name == "nt", reason="signals of another kind")
def test_nothing_is_left_of_a_program_interrupted_while_it_waits():
    started = time.monotonic()
    members, directory = interrupted(f"process.query({SLOW!r}, [])", signal.SIGINT)
    try:
        assert all_gone(members)
        assert time.monotonic() - started < 9  # without waiting for the query
        assert not directory.exists()
    finally:
        for member in members:
            kill_tree(member.pid)


# -- what crosses the pipe -----------------------------------------------------------------------

CANARIES = [
    "Canary", "O'Canary-Brien", 'Ca"Canary"x', "x' Canary 'y", "Canary\nCanary", "'\nCanary", "(Canary", "[Canary'",
    "Canary`s \"x",
    "\u2603'Canary: Canary", "12:Canary", "Canary%s{0}", "*Canary",
]  # fmt: skip
FORCED = [
    "cast({c} as int)", "cast({c} as bigint)", "cast({c} as double precision)", "cast({c} as date)",
    "cast({c} as timestamp)",
    "cast({c} as time)", "cast({c} as interval)", "cast({c} as boolean)", "cast({c} as numeric(4, 2))",
    "cast({c} as json)",
    "cast({c} as uuid)", "cast({c} as int[])", "case when 'x' ~ {c} then 1 end", "regexp_replace('x', {c}, 'y')",
    "chr(cast({c} as int))",
]  # fmt: skip
FORCED_HYPER = [
    "to_timestamp({c}, 'DD.MM.YYYY')",
    "to_date({c}, 'YYYY')",
    "to_number({c}, '999')",
    "{c} at time zone {c}",
]
FORCED_DUCK = [
    "strptime({c}, '%d.%m.%Y')",
    "cast({c} as enum('a'))",
    "json({c})",
    "{c}::blob",
    "printf({c})",
]


def refuse(process, sql):
    """The reason for which a query is refused; None where it isn't."""
    try:
        process.query(sql, [])
    except Unreadable as error:
        return f"{error.reason} {error.part} {error.fix}"
    return None


def refusals(process, relation, column, expressions):
    tried = [refuse(process, f"select count({e.format(c=column)}) from {relation} where {column} = {q}")
             for e in expressions for q in ("'" + c.replace("'", "''") + "'" for c in CANARIES)]  # fmt: skip
    said = [reason for reason in tried if reason]
    assert len(said) > len(expressions), "hardly any error was forced"
    return said


def test_errors_of_hyper_hold_no_value(hyper, tmp_path):
    path = tmp_path / "canaries.csv"
    path.write_text("a\n" + "".join('"' + c.replace('"', '""') + '"\n' for c in CANARIES), "utf-8")
    request = table(path, "a", separator=",")
    loaded = hyper.load([request])[request.id]
    relation, column = f'"{loaded.relation[0]}"', loaded.columns["a"]
    assert hyper.query(f"select count(*) from {relation}", [])["numbers"] == [[len(CANARIES)]]
    for reason in refusals(hyper, relation, column, FORCED + FORCED_HYPER):
        assert "anary" not in reason, reason


def test_errors_of_duckdb_hold_no_value():
    with DataProcess() as process:
        process.open_model(build_hostile.POWERBI)
        rows = ", ".join("('" + c.replace("'", "''") + "')" for c in CANARIES)
        relation = f"(values {rows}) as t(a)"
        for reason in refusals(process, relation, "a", FORCED + FORCED_DUCK):
            assert "anary" not in reason, reason


def test_problems_of_flat_files_hold_no_value(hyper, tmp_path):
    path = tmp_path / "canary.csv"
    path.write_text("n,d,b\nCanary,Canary,Canary\n1,2024-01-01,true\n", "utf-8")
    request = table(path, "n:integer", "d:date", "b:boolean", "gone")
    described = hyper.describe([request])[request.id]
    assert set(described.problems) == {"n", "d", "b", "gone"}
    assert "anary" not in json.dumps(described.problems)
    broken = table(path, "n", encoding="utf-16")
    told = hyper.describe([broken])[broken.id]
    assert told.problem
    assert "anary" not in told.problem


def test_opaque_labels_never_cross(hyper, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("upn,sex\nCanary1,F\nCanary2,F\nCanary1,M\n,M\n", "utf-8")
    request = table(path, "upn", "sex")
    loaded = hyper.load([request])[request.id]
    fields = f"{loaded.columns['upn']}, {loaded.columns['sex']}"
    sql = f"select {fields}, count(*) from {loaded.relation[0]} group by 1, 2 order by 1, 2"
    answer = hyper.query(sql, [True, False])
    assert "anary" not in json.dumps(answer)
    upn, sex = answer["groups"]
    assert sorted(map(str, upn["labels"])) == ["None", "•", "•"]
    assert len(set(upn["codes"])) == 3
    assert set(sex["labels"]) == {"F", "M"}
    assert answer["numbers"] == [[1, 1, 1, 1]]


def test_judging_gives_shares_and_years_but_no_values(hyper, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("upn,born\n" + "".join(f"Canary{i},{2001 + i}-0{i + 1}-12\n" for i in range(5)), "utf-8")
    request = table(path, "upn", "born:date")
    hyper.describe([request])
    judged = hyper.judge([(request.id, "upn"), (request.id, "born")], cap=3)
    assert [set(j) for j in judged] == [{"checked", "shares", "earliest", "latest", "codes", "problem"}] * 2
    assert [j["problem"] for j in judged] == [None, None]
    assert judged[0]["checked"] == 3  # no more than the cap
    assert (judged[0]["earliest"], judged[0]["latest"]) == (None, None)
    assert 2001 <= judged[1]["earliest"] < judged[1]["latest"] <= 2005
    told = json.dumps(judged)
    assert "anary" not in told
    assert "-12" not in told
    assert all(isinstance(share, float | int) for j in judged for share in j["shares"].values())


def test_an_unknown_request_is_refused_and_the_process_lives_on(hyper):
    with pytest.raises(Unreadable, match="decoding failed"):
        hyper.request("query", sql="select 1", labels=9, opaque=[])
    assert hyper.query("select 42", [])["numbers"] == [[42]]


def test_without_a_source_nothing_is_answered():
    with DataProcess() as process, pytest.raises(Unreadable, match="no data source is open"):
        process.query("select 1", [])


# -- no code of the audited folder ---------------------------------------------------------------

TRAPS = [
    "linter/__init__.py", "linter/cli.py", "linter/data/__init__.py", "linter/data/server.py", "checks/__init__.py",
    "sitecustomize.py",
    "usercustomize.py", "pandas.py", "duckdb/__init__.py", "tableauhyperapi/__init__.py", "psutil.py", "json.py",
    "lxml/__init__.py",
    "typer.py", "resource.py", "queue.py", "encodings/__init__.py", "sqlglot.py", "pbixray.py", "numpy.py",
    "conftest.py",
]  # fmt: skip


@pytest.fixture
def trapped(tmp_path):
    """A folder of workbooks whose author left Python files of telling names beside them."""
    trap = f"import pathlib\npathlib.Path({str(tmp_path / 'marker')!r}).touch()\nraise SystemExit(77)\n"
    for name in TRAPS:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(trap, "utf-8")
    (tmp_path / "a.twbx").write_bytes(build_hostile.TABLEAU.read_bytes())
    (tmp_path / "b.pbix").write_bytes(build_hostile.POWERBI.read_bytes())
    return tmp_path


def test_the_command_runs_no_code_of_the_folder_it_is_called_in(trapped, command):
    done = command("check", ".", "--output-format", "json", cwd=trapped)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert [w["coverage"]["evaluated"] > 0 for w in document["workbooks"]] == [True, True]
    assert not (trapped / "marker").exists()


def test_the_traps_would_snap(trapped):
    """Were the folder on the path, the marker would appear: what ``python -m`` does, and why it is not offered."""
    subprocess.run([sys.executable, "-m", "linter"], cwd=trapped, capture_output=True, check=False, timeout=60)
    assert (trapped / "marker").exists()


def test_a_child_started_there_imports_none_of_it(trapped, monkeypatch):
    monkeypatch.chdir(trapped)
    monkeypatch.setenv("PYTHONPATH", str(trapped))  # the child is isolated even from this
    with DataProcess() as process:
        process.open_hyper()
        assert process.query("select 1", [])["numbers"] == [[1]]
    assert not (trapped / "marker").exists()


def test_no_private_directory_outlives_the_command(trapped, command):
    private = trapped / "tmp"
    private.mkdir()
    done = command("check", "a.twbx", "-q", cwd=trapped, TMPDIR=str(private), TEMP=str(private), TMP=str(private))
    assert done.returncode == 1, done.stderr
    assert list(private.iterdir()) == []
    assert sorted(p.name for p in trapped.glob("*.log")) == []  # nor a log of queries beside the workbook


def test_an_engine_that_is_expected_is_there_or_not_needed():
    with DataProcess() as process:
        process.expect_hyper()
        process.open_hyper()
        assert process.query("SELECT 42", [])["numbers"] == [[42]]
    with DataProcess() as process:
        process.expect_hyper()
        with pytest.raises(Unreadable, match="refused a query"):  # another question than was foreseen
            process.query("SELECT nothing", [])
    with DataProcess() as process:
        process.expect_hyper()
    assert not process.directory.exists()

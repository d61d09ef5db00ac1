"""NPD002 and NPD003: derived fields with their chains, query steps, and fields that nothing needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checks.exposure.ex002_identifier_embedded import identifier_embedded
from checks.meta.me001_part_unread import part_unread
from checks.npd.npd001_npd_field_shown import npd_field_shown
from checks.npd.npd002_npd_derived_shown import npd_derived_shown
from checks.npd.npd003_npd_embedded import npd_embedded
from checks.npd.steps import origins
from checks.npd.untold import untold
from linter.evidence import ColumnEvidence, TableEvidence
from linter.expressions import Column
from linter.findings import Severity
from linter.model import Connection, Encoding, Field, Source, TableColumn, Text, Workbook
from linter.policy.audience import Audience
from linter.policy.declaration import Declaration, DeclaredSource
from linter.reporters.reading import fold
from tests.checks.build import context, judged, source, table, use, visual, workbook

ATT8 = Column("Pupil", "KS4_ATT8")


def shows(caption: str, via: tuple[str, ...], *fields: Field, column: str = "KS4_ATT8") -> Workbook:
    encoding = Encoding("rows", use(column, caption=caption, via=via), groups=True)
    return workbook(visual("chart", encoding), sources=(source(fields=fields),))


def field(caption: str, kind: Any, via: tuple[str, ...] = ()) -> Field:
    return Field(caption, caption, "Pupil", None, kind=kind, rests_on=(ATT8,), via=via)


class TestDerived:
    @pytest.mark.parametrize("kind", ["calculation", "measure", "group", "bin", "set"])
    def test_every_kind_of_derived_field(self, kind: str) -> None:
        book = shows("Band", (), field("Band", kind))
        (found,) = judged(npd_derived_shown, book)
        assert found.evidence["chains"] == ("Band ← KS4_ATT8",)
        assert found.location.visual == "chart"
        assert judged(npd_field_shown, book) == [], "the chain is NPD002's, not NPD001's"

    def test_the_chain_is_printed_in_order_whatever_the_order_of_the_fields(self) -> None:
        points, score = field("Points", "calculation", ("Score",)), field("Score", "calculation")
        book = shows("Band", ("Score", "Points"), score, points, field("Band", "bin", ("Points", "Score")))
        (found,) = judged(npd_derived_shown, book)
        assert found.evidence["chains"] == ("Band ← Points ← Score ← KS4_ATT8",)
        assert "Band ← Points ← Score ← KS4_ATT8" in found.message

    def test_steps_that_rest_on_something_else_are_left_out_of_the_chain(self) -> None:
        other = Field("Region", "Region", "Pupil", None, kind="calculation", rests_on=(Column("Pupil", "School"),))
        (found,) = judged(
            npd_derived_shown, shows("Band", ("Region",), other, field("Band", "calculation", ("Region",)))
        )
        assert found.evidence["chains"] == ("Band ← KS4_ATT8",)

    def test_a_field_as_it_is_belongs_to_npd001(self) -> None:
        book = workbook(visual("chart", "KS4_ATT8"))
        assert judged(npd_derived_shown, book) == []
        assert len(judged(npd_field_shown, book)) == 1

    def test_a_calculation_over_other_fields_is_fine(self) -> None:
        book = shows("Place", (), field("Place", "calculation"), column="School")
        assert judged(npd_derived_shown, book) == []


class TestRenamed:
    def book(self, origin: str, column: str, **more: Any) -> Workbook:
        pupils = table(columns=(column, "School"), origin=origin, **more)
        return workbook(visual("chart", column), sources=(source(pupils),))

    @pytest.mark.parametrize(
        ("origin", "column"),
        [
            ('Table.RenameColumns(Source, {{"KS4_ATT8", "Score"}, {"x", "y"}})', "Score"),
            ('Table.RenameColumns(#"A, b", {{"KS4_ATT8","Points"}}), Table.AddColumn(b,"Band", each [Points])', "Band"),
            ('Table.Group(Source, {"School"}, {{"Mean", each List.Average([KS4_ATT8]), type number}})', "Mean"),
            ('Table.DuplicateColumn(Source, "KS4_ATT8", "Copy")', "Copy"),
            ('SELECT p.School, p.KS4_ATT8 * 2 AS "Doubled" FROM pupils p', "Doubled"),
            ("select School, KS4_ATT8 Score from pupils", "Score"),
            ("SELECT [KS4_ATT8] AS [Total score] FROM [dbo].[Pupil]", "Total score"),
            ("SELECT Mark = KS4_ATT8 FROM dbo.Pupil WITH (NOLOCK)", "Mark"),
            ("WITH t AS (SELECT KS4_ATT8 FROM p) SELECT CAST(t.KS4_ATT8 AS int) AS Score FROM t", "Score"),
            ("WITH t (Score) AS (SELECT KS4_ATT8 FROM p) SELECT Score FROM t", "Score"),
            ("-- yearly\nSELECT CASE WHEN KS4_ATT8 > 40 THEN 1 END AS Good FROM p -- 'x'", "Good"),
            ("SELECT `KS4_ATT8` AS `Score` FROM `proj.set.pupil`", "Score"),
            ('Value.NativeQuery(Db, "select KS4_ATT8 as Score#(lf)from ""dbo"".pupil", null)', "Score"),
            ("SELECT KS4_ATT8 AS Score FROM WHERE {{macro", "Score"),
            ("SELECT School, Score FROM a UNION ALL SELECT School, KS4_ATT8 FROM b", "Score"),
            ("WITH t AS (SELECT KS4_ATT8 AS Score FROM p) SELECT SCORE AS Result FROM t", "Result"),
            ('Table.ExpandTableColumn(Joined, "Pupil", {"School", "KS4_ATT8"}, {"School", "Score"})', "Score"),
            ('Table.Unpivot(Source, {"KS4_ATT8", "Other"}, "Attribute", "Value")', "Value"),
        ],
    )  # fmt: skip
    def test_a_new_name_is_no_escape(self, origin: str, column: str) -> None:
        (found,) = judged(npd_derived_shown, self.book(origin, column))
        path = {"Band": "Points ← KS4_ATT8", "Result": "SCORE ← KS4_ATT8"}.get(column, "KS4_ATT8")
        assert found.evidence["chains"] == (f"{column} ← {path} (query step)",)

    def test_queries_that_the_query_builds_upon(self) -> None:
        """A table's query only names another one, which renames the field two queries further down."""
        texts = (
            Text("Model", "query 'Clean pupils'", 'let a = Raw in Table.AddColumn(a, "Band", each [Score])'),
            Text("Model", "query 'Raw'", 'Table.RenameColumns(Source, {{"KS4_ATT8", "Score"}})'),
            Text("Model", "query 'Unused'", 'Table.RenameColumns(Source, {{"KS4_ATT8", "School"}})'),
        )
        book = replace(self.book('let Source = #"Clean pupils" in Source', "Band"), texts=texts)
        (found,) = judged(npd_derived_shown, book)
        assert found.evidence["chains"] == ("Band ← Score ← KS4_ATT8 (query step)",)
        assert judged(npd_derived_shown, replace(self.book("let Source = 1 in Source", "Band"), texts=texts)) == []

    def test_custom_sql_under_an_extract(self) -> None:
        """The extract's table only names itself; the query is among the source's connections."""
        query = Connection("custom-sql", query="SELECT School, AVG(KS4_ATT8) AS Mean FROM p GROUP BY School")
        pupils = table(columns=("Mean", "School"), origin="[Extract].[Extract]")
        (found,) = judged(
            npd_derived_shown, workbook(visual("chart", "Mean"), sources=(source(pupils, connections=(query,)),))
        )
        assert found.evidence["chains"] == ("Mean ← KS4_ATT8 (query step)",)

    def test_a_rename_in_the_data_pane_is_printed(self) -> None:
        points = TableColumn("KS4_ATT8", "KS4_ATT8", "integer", "Points")
        book = workbook(visual("chart", Encoding("rows", use("KS4_ATT8", caption="Points"), groups=True)),
                        sources=(source(table(columns=(points, "School"))),))  # fmt: skip
        (found,) = judged(npd_field_shown, book)
        assert "Points (KS4_ATT8 in the data)" in found.message
        band = Field("Band", "Band", "Pupil", None, kind="calculation", rests_on=(ATT8,))
        book = replace(book, sources=(replace(book.sources[0], fields=(band,)),),
                       visuals=(visual("chart", Encoding("rows", use("KS4_ATT8", caption="Band"), groups=True)),))  # fmt: skip
        (found,) = judged(npd_derived_shown, book)
        assert found.evidence["chains"] == ("Band ← Points (KS4_ATT8 in the data)",)

    def test_a_calculated_table(self) -> None:
        origin = 'SELECTCOLUMNS(Pupil, "School", Pupil[School], "Result", Pupil[KS4_ATT8])'
        assert len(judged(npd_derived_shown, self.book(origin, "Result", calculated=True))) == 1

    def test_a_calculated_column(self) -> None:
        band = TableColumn("Band", "Band", "text", "Band", formula="IF([KS4_ATT8] > 40, 1)", rests_on=(ATT8,))
        book = workbook(visual("chart", "Band"), sources=(source(table(columns=("UPN", "KS4_ATT8", band))),))
        (found,) = judged(npd_derived_shown, book)
        assert found.evidence["chains"] == ("Band ← KS4_ATT8",)

    @pytest.mark.parametrize(
        ("origin", "column"),
        [
            ('ADDCOLUMNS(Pupil, "Result", IF(Pupil[Sex] = "F", Pupil[KS4_ATT8]))', "Result"),
            ('VAR a = Pupil[KS4_ATT8] RETURN ROW("Sum", SUMX(Pupil, a * 2))', "Sum"),
            ('SUMMARIZE(Pupil, Pupil[School], "Mean", [Average score])', "Mean"),
        ],
    )  # fmt: skip
    def test_what_a_calculated_table_computes(self, origin: str, column: str) -> None:
        book = self.book(origin, column, calculated=True)
        mean = Field("Average score", "Average score", "Pupil", None, kind="measure", rests_on=(ATT8,))
        (found,) = judged(npd_derived_shown, replace(book, sources=(replace(book.sources[0], fields=(mean,)),)))
        assert "KS4_ATT8" in found.evidence["chains"][0]

    def test_a_renamed_harmless_column(self) -> None:
        assert judged(npd_derived_shown, self.book('Table.RenameColumns(Source, {{"Colour", "Score"}})', "Score")) == []

    def test_steps_are_followed_to_their_beginning_and_circles_end(self) -> None:
        text = " ".join(f'Table.RenameColumns(x, {{{{"{a}", "{b}"}}}})' for a, b in ("AB", "BC", "CA"))
        assert origins(text)["C"] == {"B": ("B",), "A": ("B", "A")}

    def test_hostile_text_ends_soon_and_is_not_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        origins("/* a */" * 5_000 + "x")
        origins("SELECT " + "(" * 5_000)
        origins("SELECT 1; EXEC secret_procedure 'hunter2' WITH RECOMPILE GRANT; MERGE hunter2")
        assert capfd.readouterr() == ("", "")

    def test_broken_text_gives_nothing(self) -> None:
        assert origins('Table.RenameColumns(Source, {{"A", "B') == {}
        assert origins("select " + "(" * 500) == {}


class TestUntold:
    """A query that can't be followed is said, and makes the workbook incomplete; one that only selects is no gap."""

    def said(self, origin: str, *sql: str, audience: Audience = Audience.PUBLIC, **more: Any) -> list[tuple[Any, ...]]:
        custom = tuple(Connection("custom-sql", query=q) for q in sql)
        pupils = source(table(origin=origin, **more), connections=custom)
        here = context(workbook(visual("chart", "School"), sources=(pupils,)), audience=audience)
        found = [f for f in part_unread.check(here) if "names" in f.evidence]
        assert all(f.coverage for f in found)
        return [(f.evidence["reason"], f.evidence["steps"], f.evidence["names"]) for f in found]

    @pytest.mark.parametrize(
        ("sql", "reason", "names"),
        [
            ("SELECT KS4_ATT8 AS Score FROM WHERE {{macro", "no dialect", ("KS4_ATT8",)),
            ("SELECT UPN AS ref FROM p WHERE x IN (" + "1," * 60_000 + "1)", "too long", ("UPN",)),
            ("DECLARE @t TABLE (a int); INSERT @t SELECT KS4_ATT8 FROM p; SELECT a FROM @t", "", ("KS4_ATT8",)),
            ("EXEC ('SELECT UPN AS ref FROM p')", "", ("UPN",)),
            ("SELECT a FROM x ((UNION SELECT UPN FROM y", "no dialect", ("UPN",)),
            ("SELECT URN, attr, val FROM t UNPIVOT (val FOR attr IN (n, KS4_ATT8)) u", "", ("KS4_ATT8",)),
            ("SELECT M FROM (SELECT s, KS4_ATT8 FROM p) s PIVOT (MAX(KS4_ATT8) FOR s IN ([M])) q", "", ("KS4_ATT8",)),
            ("SELECT ref FROM OPENQUERY(srv, 'SELECT UPN AS ref FROM p')", "", ("UPN",)),
            ("SELECT x.ref FROM p CROSS APPLY (VALUES (UPN), (a)) AS x(ref)", "", ("UPN",)),
            ("SELECT j.ref FROM p CROSS APPLY OPENJSON(doc) WITH (ref text '$.UPN') j", "", ("UPN",)),
            ("SELECT M FROM t {{x PIVOT (MAX(KS4_ATT8) FOR s IN (M))", "no dialect", ("KS4_ATT8",)),
        ],
    )  # fmt: skip
    def test_custom_sql(self, sql: str, reason: str, names: tuple[str, ...]) -> None:
        (found,) = self.said("[Extract].[Extract]", sql)
        assert reason in found[0]
        assert found[1:] == ((), names)
        assert self.said("[Extract].[Extract]", sql, audience=Audience.INTERNAL) == []

    @pytest.mark.parametrize(
        "step",
        [
            "Table.RenameColumns(Source, Pairs)", 'Table.TransformColumnNames(Source, each "x" & _)',
            'Table.UnpivotOtherColumns(Source, {"School"}, "a", "b")', 'Table.AddColumn(Source, "Band", Banded)',
            'Table.AddColumn(Source, "Band", each Record.Field(_, "KS4" & "_ATT8"))', 'Table.PrefixColumns(Source, "p")',
            "Table.FromColumns(Table.ToColumns(Source), Names)", 'Python.Execute("df", [dataset=Source])',
            'Table.Group(Source, {"School"}, {{"a", each [x]}, {Name, each [KS4_ATT8]}})',
            'Value.NativeQuery(Db, "sel" & "ect UPN as ref from p")',
        ],
    )  # fmt: skip
    def test_power_query(self, step: str) -> None:
        ((_, steps, _),) = self.said(f'let Source = Sql.Database("s", "d"), a = {step} in a')
        assert steps or "NativeQuery" in step

    def test_records_made_of_a_list(self) -> None:
        assert self.said("Table.FromRecords(List.Transform(Source[UPN], each [ref = _]))")
        assert self.said('Table.FromRecords(Json.Document(Web.Contents("https://x"))[value])') == []

    @pytest.mark.parametrize(
        ("declared", "query", "gaps"),
        [
            (DeclaredSource("Pupils", "open_data"), "Table.Transpose(S)", 0),
            (DeclaredSource("Pupils", people=False), "Table.Transpose(S)", 0),
            (DeclaredSource("Pupils", "la_collected"), "Table.Transpose(S)", 1),
            (DeclaredSource("Pupils", "open_data"), "Table.Transpose(S[[KS4_ATT8]])", 1),
        ],
    )
    def test_none_where_its_owner_says_that_nothing_is_at_stake(
        self, declared: DeclaredSource, query: str, gaps: int
    ) -> None:
        here = context(workbook(visual("chart", "School"), sources=(source(table(origin=query)),)))
        here = replace(here, policy=replace(here.policy, declaration=Declaration("x.toml", sources=(declared,))))
        assert len(untold(here)) == gaps

    def test_none_where_readers_get_nothing_of_the_table(self) -> None:
        live = source(table(origin="Table.Transpose(S)", store=None, unread="live"), delivery="live")
        other = source(table("Meals", ("Week",)))
        hidden = workbook(
            visual("chart", Encoding("rows", use("Week", of="Meals"), groups=True)), sources=(live, other)
        )
        assert untold(context(hidden)) == []
        assert untold(context(workbook(visual("chart", "School"), sources=(live,))))

    def test_dax(self) -> None:
        assert self.said("UNION(A, B)", calculated=True)
        assert self.said("SELECTCOLUMNS(Pupil, ((", calculated=True)
        assert (
            self.said('UNION(SELECTCOLUMNS(Pupil, "a", Pupil[b], "b", "x"), ROW("c", 1, "d", 2))', calculated=True)
            == []
        )
        assert self.said(
            'UNION(SELECTCOLUMNS(Pupil, "a", Pupil[b]), SELECTCOLUMNS(Pupil, Pupil[UPN]))', calculated=True
        )
        assert self.said('SELECTCOLUMNS(Pupil, "a", Pupil[b])', calculated=True) == []

    def test_no_gap_where_names_stay_or_are_told(self) -> None:
        query = """let Source = Sql.Database("s", "d"){[Schema="dbo", Item="Pupil"]}[Data],
            a = Table.SelectRows(Source, each [Year] > 2020), b = Table.PromoteHeaders(a), c = Table.Sort(b, {"x"}),
            d = Table.RenameColumns(c, {{"a", "b"}}), e = Table.AddColumn(d, "n", each 1),
            f = Table.AddColumn(e, "both", each Text.Combine(List.Select({[a], [b]}, each _ <> ""), " ")),
            g = Table.Group(f, {"School"}, {{"rows", Table.RowCount, Int64.Type}, {"all", each _}}),
            h = Table.ExpandTableColumn(g, "all", Table.ColumnNames(g[all]{0})),
            i = Json.Document(Web.Contents("https://x", [Query=[q="1"]])) in h"""
        assert self.said(query) == []
        assert self.said('Sql.Database("s", "d", [Query="exec dbo.Pupils 2025"])') == []
        for sql in ("SELECT a, [b c] FROM t WHERE {{x", "SELECT v.n FROM (VALUES (1), (2)) AS v(n)",
                    "SELECT CASE WHEN a = 1 THEN 'With SEN' END AS b FROM t",
                    "SELECT z.a FROM p CROSS APPLY (SELECT TOP 1 a FROM y WHERE y.id = p.id) z", "EXEC dbo.Pupils 2025", "WITH t AS (SELECT 1 AS n) SELECT n FROM t",
                    "SELECT a FROM t WHERE n <<= 5 AND y = <Parameters.Year>"):  # fmt: skip
            assert self.said("[Extract].[Extract]", sql) == []

    @pytest.mark.parametrize(
        ("text", "made"),
        [
            ('Table.FromList(S[UPN], Splitter.SplitByNothing(), {"ref"})', {"ref": ["UPN"]}),
            ('Table.FromColumns({S[UPN], S[#"KS4 ATT8"]}, {"a", "b"})', {"a": ["UPN", "KS4 ATT8"], "b": ["UPN", "KS4 ATT8"]}),
            ('Table.FromColumns({Table.Column(S, "UPN")}, type table [ref = text])', {"ref": ["UPN"]}),
            ("Table.FromList(S[UPN])", {"Column1": ["UPN"], "Value": ["UPN"]}),
            ('Table.FromRows({{"a", 1}}, {"x", "y"})', {}),
        ],
    )  # fmt: skip
    def test_tables_of_the_columns_of_others(self, text: str, made: dict[str, list[str]]) -> None:
        assert {new: list(old) for new, old in origins(text).items()} == made

    def test_a_record_that_is_made_and_expanded_again(self) -> None:
        text = 'Table.AddColumn(S, "r", each [a=[KS4_ATT8]]), Table.ExpandRecordColumn(b, "r", {"a"}, {"Score"})'
        assert "KS4_ATT8" in origins(text)["Score"]


class TestEmbedded:
    def test_unused_fields_in_the_file(self) -> None:
        names, rest = judged(npd_embedded, workbook(visual("chart", "School", "KS4_ATT8")))
        assert names.evidence["columns"] == ("UPN", "Forename", "Surname")
        assert rest.evidence["columns"] == ("FSM6CLA1A",)
        assert rest.severity == Severity.ERROR

    def test_unused_fields_that_tell_who_somebody_is_follow_from_ex002(self) -> None:
        here = context(workbook(visual("chart", "School", "KS4_ATT8")))
        found = [f for rule in (identifier_embedded, npd_embedded) for f in rule.check(here)]
        folded = [(root.rule, [f.rule for f in below]) for root, below in fold(found)]
        assert folded == [("EX002", ["NPD003"]), ("NPD003", [])]

    def test_nothing_where_there_are_no_rows(self) -> None:
        live: Source = source(table(store=None, unread="live"), delivery="live")
        template = source(table(store=None, unread="template"), delivery="template")
        for given in (live, template):
            assert judged(npd_embedded, workbook(visual("chart", "School"), sources=(given,))) == []
        assert judged(npd_embedded, workbook(visual("chart", "School")), rows=0) == []

    def test_an_extract_that_cannot_be_read_is_low_confidence(self) -> None:
        unread = source(table(store=None, unread="old format"), delivery="unreadable")
        (found,) = judged(npd_embedded, workbook(visual("chart", "School"), sources=(unread,)))
        assert found.confidence == "low"

    def test_school_data_without_npd_fields(self) -> None:
        things = source(table("Meals", ("School", "Meals served", "Week")))
        assert (
            judged(
                npd_embedded,
                workbook(visual("chart", Encoding("rows", use("School", of="Meals"), groups=True)), sources=(things,)),
            )
            == []
        )


def test_declared_as_collected_by_the_authority_it_is_a_note() -> None:
    declared = Declaration("x.toml", sources=(DeclaredSource("Pupils", "la_collected"),))
    here = context(shows("Band", (), field("Band", "bin")))
    here = replace(here, policy=replace(here.policy, declaration=declared))
    for rule in (npd_derived_shown, npd_embedded):
        assert {f.severity for f in rule.check(here)} == {Severity.NOTE}


class TestEvidence:
    """Each finding says what makes a column look like an NPD field."""

    def why(self, *columns: str, values: dict[str, float] | None = None, **more: Any) -> tuple[str, ...]:
        book = workbook(visual("chart", columns[0]), sources=(source(table(columns=columns), **more),))
        here = context(book)
        facts = {columns[0]: ColumnEvidence(1200, 0, values or {}, 1200)}
        tables = {("model", "Pupil"): TableEvidence(1200, facts)}
        found = list(npd_field_shown.check(replace(here, evidence=replace(here.evidence, tables=tables))))
        return found[0].evidence["why"] if found else ()  # type: ignore[return-value]

    def test_the_very_name(self) -> None:
        (said,) = self.why("KS4_ATT8", "School")
        assert said.startswith("KS4_ATT8: KS4_ATT8 is its very name")

    def test_a_name_with_a_term_and_year(self) -> None:
        (said,) = self.why("EthnicGroupMajor_SPR25", "Hobby")
        assert "written another way or with a term and year" in said

    def test_neighbours(self) -> None:
        assert self.why("Gender", "Hobby") == ()
        (said,) = self.why("Gender", "KS4_ATT8")
        assert "beside KS4_ATT8" in said

    @pytest.mark.parametrize("caption", ["NPD extract 2025", "Nexus pupil level", "national_pupil_database"])
    def test_the_place(self, caption: str) -> None:
        plain = ("Gender", "Ethnicity", "Language")
        assert self.why(*plain) == ()
        (said,) = self.why(*plain, connections=(Connection("textscan", path=f"C:/data/{caption}.csv"),))
        assert "its source, file or table speaks of" in said

    def test_a_place_alone_is_not_enough(self) -> None:
        assert self.why("Category", "Battery", connections=(Connection("textscan", path="Nexus phones.csv"),)) == ()

    def test_values(self) -> None:
        (said,) = self.why("Code", "Hobby", values={"upn": 1.0})
        assert said.startswith("Code: the values of Code are valid UPNs")
        assert self.why("Code", "Hobby", values={"upn": 0.04}) == ()
        (said,) = self.why("UPN", "KS4_ATT8", values={"upn": 1.0})
        assert "its values are valid" in said

"""EX001 to EX007: what the file carries besides what it shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from checks.exposure.ex001_unit_rows_embedded import unit_rows_embedded
from checks.exposure.ex002_identifier_embedded import identifier_embedded
from checks.exposure.ex003_hidden_not_protected import hidden_not_protected
from checks.exposure.ex004_saved_values import values_saved
from checks.exposure.ex005_source_leak import source_leak
from checks.exposure.ex006_rls_only import rls_only
from checks.exposure.ex007_view_filter_only import view_filter_only
from checks.exposure.leaks import of_text
from linter.evidence import CellTable, ColumnEvidence, Counts, LayerResult, TableEvidence, Unit, VisualResult
from linter.expressions import Column, Literal, call
from linter.findings import Confidence, Finding, Severity
from linter.model import Connection, Control, Field, Filter, Page, Place, Store, Table, TableColumn, Text, Workbook
from linter.policy.audience import Audience, Delivery
from linter.policy.validators import upn_check_letter
from tests.checks.build import KEY, context, judged, source, table, use, visual, workbook

HIDDEN = (Page("p1", "Overview"), Page("p2", "Working", hidden=True))


def everything(found: list[Finding]) -> str:
    return repr([(f.message, f.evidence, f.location, f.fix, f.fields) for f in found])


class TestRows:
    def test_rows_typed_into_a_template(self) -> None:
        query = 'Binary.FromText("(1000 rows typed into the query)")'
        typed = table(store=None, unread="a template holds no rows", origin=query)
        book = workbook(visual("chart", "School"), sources=(source(typed, delivery="template"),))
        (found,) = judged(unit_rows_embedded, book)
        assert "typed into the query" in found.message
        assert found.location.part == "DataModel"

    def test_rows_with_nothing_but_facts_about_persons_are_a_warning(self) -> None:
        facts = Unit("rows", confidence="low", why="sex and ethnicity stand beside it")
        book = workbook(visual("chart", "School"), sources=(source(table(columns=("Sex", "Ethnicity", "School"))),))
        (found,) = judged(unit_rows_embedded, book, unit=facts)
        assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LOW)
        assert "Rows that look like those of single persons" in found.message

    def test_typed_rows_about_things(self) -> None:
        fruit = Unit("not_people", confidence="high")
        typed = table("Fruit", ("Item",), store=None, origin="(4 rows typed into the query)")
        assert judged(unit_rows_embedded, workbook(sources=(source(typed),)), unit=fruit) == []

    def test_dates_that_could_be_birthdays(self) -> None:
        dated = source(table(columns=(TableColumn("D1", "D1", "date", "D1"), "School")))
        for years, expected in (((2008, 2015), [Severity.WARNING]), ((2023, 2026), [])):
            here = context(workbook(visual("chart", "School"), sources=(dated,)))
            facts = {"D1": ColumnEvidence(900, 0, {}, 900, None, *years)}
            tables = {("model", "Pupil"): TableEvidence(1200, facts)}
            found = list(identifier_embedded.check(replace(here, evidence=replace(here.evidence, tables=tables))))
            assert [f.severity for f in found] == expected, years

    def test_contact_details_of_schools_are_no_identifiers(self) -> None:
        schools = source(table("Schools", ("URN", "Name", "Phase", "Telephone", "Postcode")))
        book = workbook(sources=(schools,))
        assert judged(identifier_embedded, book, unit=Unit("not_people")) == []

    def test_free_text_counts_where_the_rows_are_persons(self) -> None:
        notes = source(table(columns=("UPN", "Notes", "School")))
        (found,) = judged(identifier_embedded, workbook(visual("chart", "School"), sources=(notes,)))
        assert "Notes" in found.message


class TestHidden:
    def test_a_hidden_page_of_pupils(self) -> None:
        (found,) = judged(hidden_not_protected, workbook(visual("list", "UPN", page="p2"), pages=HIDDEN))
        assert (found.location.page, found.location.visual_id, found.severity) == ("Working", "list", Severity.ERROR)

    def test_other_hidden_things_are_one_note(self) -> None:
        book = workbook(
            visual("a", "School", page="p2"), visual("b", "School", hidden=True), visual("c", "School"), pages=HIDDEN
        )
        (found,) = judged(hidden_not_protected, book)
        assert found.severity == Severity.NOTE
        assert "2 of 3 visuals" in found.message

    def test_hidden_columns_that_identify(self) -> None:
        hidden = TableColumn("Surname", "Surname", "text", "Surname", hidden=True)
        book = workbook(visual("c", "School"), sources=(source(table(columns=("UPN", "School", hidden))),))
        (found,) = judged(hidden_not_protected, book)
        assert found.evidence["columns"] == ("Surname",)
        assert found.severity == Severity.WARNING

    def test_nothing_hidden(self) -> None:
        assert judged(hidden_not_protected, workbook(visual("list", "UPN"))) == []

    def test_less_for_readers_of_a_service(self) -> None:
        book = workbook(visual("list", "UPN", page="p2"), pages=HIDDEN)
        (found,) = judged(hidden_not_protected, book, delivery=Delivery.SERVICE_VIEW)
        assert found.severity == Severity.NOTE
        (found,) = judged(hidden_not_protected, book, audience=Audience.INTERNAL)
        assert found.severity == Severity.WARNING


class TestSaved:
    def texts(self, *texts: Text, tool: str = "tableau") -> Workbook:
        families = Field("Families", "Families", "Pupil", None, kind="group", rests_on=(Column("Pupil", "Surname"),))
        schools = Field("Areas", "Areas", "Pupil", None, kind="group", rests_on=(Column("Pupil", "School"),))
        sources = (source(fields=(families, schools)),)
        return workbook(visual("chart", "School"), visual("list", "UPN"), tool=tool, texts=texts, sources=sources)

    @pytest.mark.parametrize(
        "where",
        [
            "saved filter members in worksheet chart, [model].[none:Surname:nk]",
            "saved manual sort in worksheet chart, [model].[none:Surname:nk]",
            "saved color or shape map of Pupils, [none:Surname:nk]",
            "captured filter members of dashboard Tale, [model].[none:Surname:nk]",
            "aliases of Surname in Pupils",
            "members of the group Families in Pupils",
            "members of the set Families in Pupils",
            "column statistics of Surname in Pupils",
            "drill-through filter of 'Overview', on Pupil[Surname]",
            "bookmark 'June', on Pupil[Surname]",
            "saved choice of slicer on 'Overview', on Pupil[Surname]",
        ],
    )
    def test_lists_of_an_identifier(self, where: str) -> None:
        found = judged(values_saved, self.texts(Text("book.twb", where, "Ashdown\nBirch\nCole")))
        assert len(found) == 1, where
        assert "Surname" in found[0].message
        assert "1-9 values" in found[0].message
        assert found[0].severity == Severity.ERROR
        assert not any(name in everything(found) for name in ("Ashdown", "Birch", "Cole"))

    @pytest.mark.parametrize(
        "where",
        [
            "saved filter members in worksheet chart, [model].[none:School:nk]",
            "saved filter members in worksheet chart, [other].[none:Surname:nk]",
            "saved filter members in worksheet chart, [model].[none:Surname (group):nk]",
            "aliases of School in Pupils",
            "members of the group Areas in Pupils",
            "aliases of Surname in Parameters",
            "page filter of 'Overview', on Pupil[School]",
            "title of worksheet chart",
        ],
    )
    def test_other_lists(self, where: str) -> None:
        assert judged(values_saved, self.texts(Text("book.twb", where, "Hill\nDale"))) == []

    def test_caches_are_judged_by_the_fields_they_hold(self) -> None:
        key = "TwbxExternalCache/TwbxLQResultsCacheV3/1/.key"
        assert len(judged(values_saved, self.texts(Text(key, "query cache", "[Surname]\n[School]")))) == 1
        assert judged(values_saved, self.texts(Text(key, "query cache", "[School]"))) == []
        times = key.replace("Results", "Timestamps")
        assert judged(values_saved, self.texts(Text(times, "query cache", "[Surname]"))) == []

    def test_pictures_and_marked_points_of_a_sheet_of_persons(self) -> None:
        (found,) = judged(values_saved, self.texts(Text("b", "thumbnail", "list"), Text("b", "thumbnail", "chart")))
        assert (found.location.visual, found.severity) == ("list", Severity.WARNING)
        assert len(judged(values_saved, self.texts(Text("b", "annotated mark in worksheet list", "1")))) == 1

    def test_pictures_of_sheets_that_list_records_or_small_groups(self) -> None:
        def drawn(name: str, *counts: int) -> VisualResult:
            cells = tuple(f"c{i}" for i in range(len(counts)))
            body = CellTable((0,), (cells,), (tuple(range(len(counts))),), Counts(counts), Counts(counts))
            return VisualResult(
                name, "evaluated", (), (LayerResult(name, ("Group",), (False,), KEY, "evaluated", body=body),)
            )

        shown = [visual(name, "School", lists_records=True) for name in ("records", "small", "large", "unsaved")]
        texts = tuple(Text("b", "thumbnail", name) for name in ("records", "small", "large"))
        results = {"records": drawn("records", 1, 1, 1), "small": drawn("small", 4, 40), "large": drawn("large", 30, 40),
                   "unsaved": drawn("unsaved", 1, 1)}  # fmt: skip
        found = judged(values_saved, workbook(*shown, tool="tableau", texts=texts), results=results)
        assert [(f.evidence["visuals"], f.severity) for f in found] == [
            (("records",), Severity.WARNING),
            (("small",), Severity.NOTE),
        ]

    @pytest.mark.parametrize("where", ["title of worksheet a", "caption of worksheet a", "annotation in worksheet a",
        "tooltip in worksheet a", "text zone of dashboard b", "story caption of dashboard b", "description of f in ds",
        "alternative text of barChart on 'p'", "text of textbox on 'p'", "subtitle of x on 'p'", "bookmark name",
        "query 'Old'", "saved query", "saved question of qnaVisual on 'p'"])  # fmt: skip
    def test_pupil_numbers_in_every_kind_of_text(self, where: str) -> None:
        number = upn_check_letter("801200001001") + "801200001001"
        (found,) = judged(values_saved, self.texts(Text("b", where, f"See {number}")))
        assert number not in everything([found])

    @pytest.mark.parametrize("where", ["formula", "format", "description", "origin"])
    def test_pupil_numbers_in_formulas_and_queries(self, where: str) -> None:
        number = upn_check_letter("801200001001") + "801200001001"
        text = f'Pupil[UPN] = "{number}"'
        held = table()
        if where == "origin":
            book = workbook(sources=(source(replace(held, origin=text)),))
        else:
            one = replace(Field("m", "One", "Pupil", None, kind="measure"), **{where: text})
            book = workbook(sources=(replace(source(held), fields=(one,)),))
        (found,) = judged(values_saved, book)
        assert (found.rule, found.evidence["kinds"]) == ("EX004", ("formula",))
        assert "(1-9)" in found.message
        assert number not in everything([found])

    def test_constants_in_a_saved_query(self) -> None:
        query = (
            'EVALUATE FILTER(Pupil, Pupil[UPN] = "A1") '
            'CALCULATE([n], Pupil[UPN] IN {"B2", "C3"}, TREATAS({"D4"}, Pupil[UPN]))'
        )
        found = judged(values_saved, self.texts(Text("q.dax", "saved query", query), tool="powerbi"))
        assert [f.revealed["values"] for f in found] == [4]
        assert not any(v in everything(found) for v in ("A1", "B2", "C3", "D4"))
        harmless = Text("q.dax", "saved query", 'EVALUATE FILTER(Pupil, Pupil[School] = "Hill") -- COUNT(Pupil[UPN])')
        assert judged(values_saved, self.texts(harmless, tool="powerbi")) == []

    def test_pupil_numbers_in_typed_text(self) -> None:
        number = upn_check_letter("801200001001") + "801200001001"
        found = judged(values_saved, self.texts(Text("b", "text of textbox on 'Overview'", f"Ask about {number}.")))
        assert len(found) == 1
        assert number not in everything(found)
        assert (
            judged(values_saved, self.texts(Text("b", "text of textbox on 'Overview'", "Ask about 1234567890123.")))
            == []
        )

    def test_the_data_cache_of_a_project(self) -> None:
        cache = Text("Model/.pbi/cache.abf", "data cache", "")
        book = workbook(visual("chart", "School"), texts=(cache,))
        assert [f.severity for f in judged(values_saved, book)] == [Severity.ERROR]
        stored = source(table(store=Store("vertipaq", "Model/.pbi/cache.abf", ("Pupil",), beside=True)))
        (found,) = judged(values_saved, workbook(sources=(stored,), texts=(cache,)))
        assert found.location.part == "Model/.pbi/cache.abf"


class TestSources:
    @pytest.mark.parametrize(
        ("text", "kinds"),
        [
            (r'File.Contents("C:\Users\a.smith\Documents\x.csv")', {"user name"}),
            ("C:/Users/asmith/x.csv", {"user name"}),
            ("/Users/asmith/x.csv", {"user name"}),
            ("/home/asmith/x.csv", {"user name"}),
            ("https://county-my.sharepoint.com/personal/a_smith_gov_uk/Documents", {"user name"}),
            (r"C:\Users\Public\x.csv", {"path"}),
            (r"D:\Data\x.csv", {"path"}),
            (r"\\fileserver01\share\x.csv", {"server"}),
            ("Server=x;Password=hunter2;", {"credential"}),
            ("EXEC login @password='hunter2'", {"credential"}),
            ("{'api_key': 'abc123def'}", {"credential"}),
            ("WHERE password = 'null'", set()),
            ('[ApiKey = "abc123def"]', {"credential"}),
            ("https://host/x?sig=AbC%3D", {"credential"}),
            ("https://user:hunter2@host/x", {"credential"}),
            ("Password=***", set()),
            ("Server=SRV01;User ID=jsmith;Encrypt=yes", {"user name"}),
            ("let\n UID = Table.AddColumn(Source, 1)", set()),
            ("https://explore-education-statistics.service.gov.uk/data", set()),
            ("Data/Extracts/pupils.hyper", set()),
            ("SELECT Users.Name FROM Home.Users", set()),
        ],
    )
    def test_kinds(self, text: str, kinds: set[str]) -> None:
        leaks = list(of_text(text))
        assert {leak.kind for leak in leaks} == kinds
        secrets = ("smith", "hunter2", "abc123", "AbC", "fileserver01", "x.csv", "Data")
        assert not any(secret in leak.masked for leak in leaks for secret in secrets)

    def test_a_user_name_is_a_warning_and_names_its_tables(self) -> None:
        leaky = source(table(origin=r'File.Contents("C:\Users\a.smith\pupil.csv")'))
        found = judged(source_leak, workbook(sources=(leaky,)))
        assert [(f.severity, f.evidence["tables"]) for f in found] == [(Severity.WARNING, ("Pupil",))]
        assert "smith" not in everything(found)

    def test_what_a_connection_says(self) -> None:
        said = (
            Connection("sqlserver", server="sql01", username="asmith"),
            Connection("postgres", server="db.example.gov.uk"),
            Connection("Web.Contents", server="https://www.gov.uk/data.csv"),
            Connection("hyper", path="", database="Data/x.hyper", username="tableau_internal_user"),
        )
        found = judged(source_leak, workbook(sources=(source(connections=said),)))
        assert {f.evidence["kind"]: f.evidence["places"] for f in found} == {"user name": 1, "server": 2}
        assert not any(name in everything(found) for name in ("sql01", "asmith", "example"))

    def test_a_stored_secret_is_an_error_for_whoever_gets_the_file(self) -> None:
        leaky = source(table(origin="Password=hunter2;"))
        (found,) = judged(source_leak, workbook(sources=(leaky,)))
        assert found.severity == Severity.ERROR
        assert "hunter2" not in everything([found])
        (found,) = judged(source_leak, workbook(sources=(leaky,)), delivery=Delivery.SERVICE_VIEW)
        assert found.severity == Severity.NOTE

    def test_addresses_of_buttons(self) -> None:
        button = Control("u", "url_action", "web address", (), ("p1",), target="https://h/x?sig=AbCdEf", part="r")
        assert len(judged(source_leak, workbook(controls=(button,)))) == 1

    def test_what_carries_a_leak_is_not_named_by_it(self) -> None:
        link = Control("c", "url_action", "https://x/?password=hunter2", (), target="https://x/?password=hunter2")
        home = table("pupils (C:/Users/jsmith/x.csv)", origin='File.Contents("C:/Users/jsmith/x.csv")')
        found = judged(source_leak, workbook(sources=(source(home),), controls=(link,)))
        assert {f.evidence["tables"] for f in found} == {("a link",), ("a table",)}
        assert not {"hunter2", "jsmith"} & set(re.findall(r"\w+", everything(found)))

    def test_pictures_and_the_server_it_was_published_to(self) -> None:
        texts = (
            Text("w.twb", "picture on dashboard Home", "C:\\Users\\jsmith\\logo.png"),
            Text("w.twb", "picture on dashboard Home", "Image/logo.png"),
            Text("w.twb", "server address", "http://reports01"),
            Text("w.twb", "server address", "https://public.tableau.com"),
        )
        name, server = judged(source_leak, replace(workbook(texts=texts), tool="tableau"))
        assert (name.evidence["kind"], name.evidence["tables"]) == ("user name", ("picture on dashboard Home",))
        assert "Insert pictures again" in name.fix
        assert (server.evidence["kind"], server.evidence["places"]) == ("server", 1)
        assert "repository-location" in server.fix
        assert not any(word in everything([name, server]) for word in ("jsmith", "reports01"))

    def test_a_connection_is_named_with_the_tables_that_open_it(self) -> None:
        tables = (table("Pupil", origin='Sql.Database("sql01", "x")'), table("Phase", origin="#table({}, {})"))
        one = source(*tables, connections=(Connection("Sql.Database", server="sql01"),))
        (found,) = judged(source_leak, workbook(sources=(one,)))
        assert found.evidence["tables"] == ("Pupil",)
        (found,) = judged(
            source_leak, workbook(sources=(replace(one, connections=(Connection("x", server="sql02"),)),))
        )
        assert found.evidence["tables"] == ("Pupil", "Phase")

    def test_in_a_project_it_is_at_the_query_of_its_table(self) -> None:
        home = table("Pupil", origin='File.Contents("C:/Users/jsmith/x.csv")')
        places = (Place("m.tmdl", 3, "model", field="Pupil"), Place("m.tmdl", 40, "load", field="Pupil"))
        (found,) = judged(source_leak, workbook(sources=(source(home),), places=places))
        assert (found.location.part, found.location.line) == ("m.tmdl", 40)

    def test_a_clean_source(self) -> None:
        clean = source(connections=(Connection("textscan", path="published"),))
        assert judged(source_leak, workbook(sources=(clean,))) == []


class TestRowSecurity:
    def test_roles_over_rows_of_persons(self) -> None:
        (found,) = judged(rls_only, workbook(sources=(source(roles=("One school",)),)))
        assert found.severity == Severity.ERROR
        assert "Pupil" in found.message

    def test_no_rows_or_no_persons_is_a_note(self) -> None:
        book = workbook(sources=(source(roles=("One school",)),))
        assert [f.severity for f in judged(rls_only, book, rows=0)] == [Severity.NOTE]
        assert [f.severity for f in judged(rls_only, book, unit=Unit("not_people"))] == [Severity.NOTE]

    @pytest.mark.parametrize("role", ["j.fenn", "COUNTY\\jfenn", "j.fenn@county.gov.uk", "School of j.fenn"])
    def test_roles_called_after_a_login_are_masked(self, role: str) -> None:
        found = judged(rls_only, workbook(sources=(source(roles=(role,)),)))
        assert "fenn" not in everything(found)
        assert "***" in found[0].message

    def test_no_roles(self) -> None:
        assert judged(rls_only, workbook()) == []

    def test_logins_are_counted_and_names_in_formulas_masked(self) -> None:
        lines = "ISCURRENTUSER('county\\asmith')\nISCURRENTUSER('county\\bjones')"
        users = Text("b", "users of the user filter Region in Pupils", lines)
        book = workbook(sources=(source(roles=("USERNAME()='asmith'",)),), texts=(users,), tool="tableau")
        found = judged(rls_only, book)
        assert "2 logins" in found[0].message
        assert "asmith" not in everything(found)


class TestViewFilters:
    school = Column("Pupil", "School")
    only_hill = Filter("School", call("eq", school, Literal("Hill")), "dimension", "page", (school,))

    def book(self, *filters: tuple[Filter, ...]) -> Workbook:
        return workbook(*(visual(f"v{i}", "School", filters=given) for i, given in enumerate(filters)))

    def test_the_same_filter_on_every_view(self) -> None:
        found = judged(view_filter_only, self.book((self.only_hill,), (self.only_hill,)))
        assert [f.evidence["filters"] for f in found] == [("School",)]
        assert "Hill" not in everything(found)

    def test_a_filter_on_some_views_is_analysis(self) -> None:
        assert judged(view_filter_only, self.book((self.only_hill,), ())) == []

    def test_readers_choices_null_filters_and_cell_filters_are_not_meant(self) -> None:
        for other in (
            replace(self.only_hill, scope="slicer"),
            replace(self.only_hill, changeable=True),
            replace(self.only_hill, stage="measure"),
            replace(self.only_hill, predicate=call("not", call("is_null", self.school))),
        ):
            assert judged(view_filter_only, self.book((other,))) == []
        hidden = replace(self.only_hill, changeable=True, hidden=True)
        assert len(judged(view_filter_only, self.book((hidden,)))) == 1

    def test_a_filter_that_leaves_nothing_out(self) -> None:
        def counted(total: int) -> dict[str, VisualResult]:
            body = CellTable((0,), (("a",),), ((0,),), Counts((total,)), Counts((total,)))
            layer = LayerResult("v0", ("School",), (False,), KEY, "evaluated", body=body)
            return {"v0": VisualResult("v0", "evaluated", (), (layer,))}

        book = self.book((self.only_hill,))
        assert judged(view_filter_only, book, rows=1200, results=counted(1200)) == []
        assert len(judged(view_filter_only, book, rows=1200, results=counted(200))) == 1

    def test_data_source_filters_over_an_extract(self) -> None:
        filtered = source(filters=(replace(self.only_hill, stage="source", scope="source"),))
        assert len(judged(view_filter_only, workbook(visual("v", "School"), sources=(filtered,)))) == 1
        extract = source(filters=(replace(self.only_hill, stage="extract", scope="source"),))
        assert judged(view_filter_only, workbook(visual("v", "School"), sources=(extract,))) == []

    def test_sources_without_persons(self) -> None:
        things = Table("Meals", "Meals", (), Store("csv", "m.csv"))
        book = workbook(visual("v", "School", filters=(self.only_hill,)), sources=(source(things),))
        assert judged(view_filter_only, book, unit=Unit("not_people")) == []


def test_a_control_is_placed_on_its_page() -> None:
    button = Control("u", "url_action", "x", (use("UPN"),), ("p1",), target="https://u:p@h/", part="report")
    (found,) = judged(source_leak, workbook(controls=(button,)))
    assert found.location.part == "report"

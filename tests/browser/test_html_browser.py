"""The HTML report in a real browser: it needs nothing, harms nothing, and everybody can read and work it."""

import pytest

pytestmark = pytest.mark.slow

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


class TestContained:
    @pytest.mark.parametrize("document", ["several", "single", pytest.param("large", marks=pytest.mark.slow)])
    def test_it_opens_in_silence_and_asks_for_nothing(self, document, open_file, request) -> None:
        opened = open_file(request.getfixturevalue(document))
        opened.page.wait_for_selector("#filter:not([hidden])")
        assert opened.said == []
        assert opened.asked == [opened.uri]

    def test_a_foreign_script_is_refused(self, single: str, open_file) -> None:
        opened = open_file(single.replace("</main>", "<script>document.title='taken'</script></main>"))
        assert opened.page.title() != "taken"
        assert any("Content Security Policy" in line for line in opened.said)

    def test_a_foreign_picture_is_refused(self, single: str, open_file) -> None:
        opened = open_file(single.replace("</main>", '<img src="https://example.org/x.png" alt="x"></main>'))
        assert any("Content Security Policy" in line for line in opened.said)

    def test_fifty_visuals_stay_small(self, large: str) -> None:
        assert large.count('class="card ') == 50
        assert len(large.encode()) < 2_000_000


class TestEverybodyCanReadIt:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("document", ["single", pytest.param("several", marks=pytest.mark.slow)])
    def test_axe_finds_nothing(self, document, scheme, open_file, request) -> None:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
        opened = open_file(request.getfixturevalue(document), color_scheme=scheme, reduced_motion="reduce")
        opened.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        found = axe.run(opened.page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}}).response
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found["violations"]] == []
        assert len(found["passes"]) > 15

    def test_drawings_are_read_out(self, single: str, open_file) -> None:
        page = open_file(single).page
        (proof, *_) = page.get_by_role("img").all()
        assert (
            proof.get_attribute("aria-label")
            == "Oak, Upper School, Total less Oak, Upper School, M is Oak, Upper School, F"
        )
        assert page.get_by_role("img", name="Band comes from Points comes from KS4_ATT8").count() == 1
        assert page.get_by_role("link", name="1 Pupils by school and sex: 2 errors, 1 warning").count() == 1
        assert (
            page.get_by_role(
                "table", name="Cells of few people that two fields together make, and the people in them"
            ).count()
            == 1
        )

    def test_what_was_not_checked_is_read_first(self, single: str, open_file) -> None:
        headings = [h.inner_text() for h in open_file(single).page.get_by_role("heading").all()]
        assert headings[:3] == ["Disclosure report", "drawn.pbix", "What was not checked"]

    @pytest.mark.parametrize("width", [320, 640])
    def test_a_narrow_screen_needs_no_scrolling_sideways(
        self, width: int, single: str, several: str, open_file
    ) -> None:
        for document in (single, several):
            assert open_file(document, width=width).wide() <= width

    def test_large_letters_need_none_either(self, single: str, open_file) -> None:
        opened = open_file(single)
        opened.page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert opened.wide() <= 1280

    def test_a_screen_of_twice_the_size(self, single: str, open_file) -> None:
        """What 200% of zoom is to the page: half the width, twice the dots."""
        assert open_file(single, width=640, height=450, device_scale_factor=2).wide() <= 640


FOCUSED = """() => {
  const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
  return {
    tag: it.tagName.toLowerCase(), name: it.name || it.getAttribute('aria-label') || it.innerText || '',
    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""


class TestByKeyboard:
    def test_tab_goes_down_the_page_and_can_be_seen(self, single: str, open_file) -> None:
        page = open_file(single, reduced_motion="reduce").page
        found = []
        for _ in range(60):
            page.keyboard.press("Tab")
            focus = page.evaluate(FOCUSED)
            if focus["tag"] == "body":
                break
            found.append(focus)
        assert [f for f in found if not (f["outline"] and f["seen"])] == []
        names = [f["name"] for f in found]
        assert names[:6] == ["Skip to the report", "Overview", "Pupil list", "severity", "severity", "rule"]
        assert names.index("page") < names.index("1 Pupils by school and sex: 2 errors, 1 warning")
        assert names[-1].startswith("Rules that were applied")

    def test_the_first_link_leads_past_the_head(self, single: str, open_file) -> None:
        page = open_file(single).page
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"

    def test_the_filters_work(self, single: str, open_file) -> None:
        page = open_file(single).page
        shown, all_ = page.locator("#shown"), page.locator(".finding").count()
        assert shown.inner_text() == f"All {all_} entries are shown."
        page.get_by_role("checkbox", name="error (4)").focus()
        page.keyboard.press("Space")
        assert page.locator(".finding:visible").count() == 1
        assert shown.inner_text() == f"1 of {all_} entries are shown."
        page.get_by_role("button", name="Show all").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.getElementById('shown').textContent.startsWith('All')")
        page.get_by_role("combobox", name="Rule").select_option("SU001")
        rules = [f.get_attribute("data-rules") for f in page.locator(".finding:visible").all()]
        assert rules
        assert all("SU001" in rule.split() for rule in rules)
        page.get_by_role("combobox", name="Rule").select_option("")
        page.get_by_role("combobox", name="Page").select_option("Pupil list")
        assert page.locator(".finding:visible").count() == 1

    def test_a_box_of_the_drawing_leads_to_its_visual(self, single: str, open_file) -> None:
        page = open_file(single, reduced_motion="reduce").page
        page.get_by_role("link", name="2 Average score: 1 error, 1 warning").focus()
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#w1-v2"
        assert page.locator("#w1-v2").evaluate("it => it.getBoundingClientRect().top < innerHeight")


class TestOnPaper:
    def test_paper_is_white_and_has_no_controls(self, single: str, open_file) -> None:
        page = open_file(single, color_scheme="dark").page
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator("#filter").is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"

    def test_a_sheet_of_paper_is_wide_enough(self, single: str, several: str, open_file) -> None:
        for document in (single, several):
            opened = open_file(document, width=680)  # A4 less its margins
            opened.page.emulate_media(media="print")
            assert opened.wide() <= 680

    def test_nothing_is_folded_or_filtered_away(self, single: str, open_file) -> None:
        page = open_file(single).page
        page.get_by_role("checkbox", name="error (4)").uncheck()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        assert page.locator(".finding:visible").count() == page.locator(".finding").count()

    def test_it_prints(self, single: str, open_file) -> None:
        assert open_file(single).page.pdf().startswith(b"%PDF")

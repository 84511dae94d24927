"""The report in a real browser: views by their address, order, an opened claim, a phone, and print."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from figures.catalogue import FIGURES
from paper_repro.report.as_json import claims_as_json
from paper_repro.report.page import render_report
from tests.browser import WITH_BROWSER, chromium
from tests.figures import synthetic
from tests.paper_repro.planted import tables

pytestmark = WITH_BROWSER

OPENED = "lcn-quadratic-k"
"""A claim with a figure."""
PAPER_WIDTH = 718
"""Pixels of CSS between margins of 1 cm on A4."""
OVERFLOW = """
    const wide = [...document.querySelectorAll("body *")]
        .filter(one => !one.closest(SCROLLS) && one.getBoundingClientRect().right > innerWidth + 1);
    parent.postMessage(JSON.stringify({
        width: innerWidth,
        page: document.documentElement.scrollWidth,
        wide: wide.map(one => one.outerHTML.slice(0, 80)),
        form: getComputedStyle(document.getElementById("filter")).display,
        closed: [...document.querySelectorAll("[id^='claim-']")].filter(one => !one.offsetHeight).length,
    }), "*");
"""


@pytest.fixture(scope="module")
def data() -> list[dict]:
    return json.loads(
        claims_as_json(tables(synthetic.thresholds(), synthetic.curves()), options="--preset paper")
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of every claim with two figures, as a file."""
    with pytest.MonkeyPatch.context() as patch:
        few = {name: FIGURES[name] for name in ("n-star-k", "exponents", "width")}
        patch.setattr("paper_repro.report.page.FIGURES", few)
        html = render_report(tables(synthetic.thresholds(), synthetic.curves()), options="--preset paper")
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html, encoding="utf-8")
    return path


def seen(page: Path, folder: Path, hash: str = "") -> str:
    """The document once its scripts have run."""
    return chromium(f"{page.as_uri()}{hash}", folder, "--dump-dom")


def scripted(page: Path, folder: Path, script: str) -> Path:
    """A copy of the report with one more script at its end."""
    text = page.read_text(encoding="utf-8")
    copy = folder / "scripted.html"
    copy.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    return copy


def without_script(page: Path, folder: Path) -> Path:
    """A copy of the report without its script."""
    before, _, rest = page.read_text(encoding="utf-8").partition("<script>")
    copy = folder / "still.html"
    copy.write_text(before + rest.partition("</script>")[2], encoding="utf-8")
    return copy


def shown(dom: str) -> list[str]:
    """Ids of the claims that are not hidden, in the order of the document."""
    rows = re.findall(r'<tbody class="claim" id="verdict-([^"]+)"([^>]*)>', dom)
    return [name for name, rest in rows if "hidden" not in rest]


def count(dom: str) -> str:
    found = re.search(r'<p id="count"[^>]*>([^<]*)</p>', dom)
    assert found
    return found[1]


VIEWS: dict[str, Callable[[dict], bool]] = {
    "": lambda entry: True,
    "#verdict=contradicted": lambda entry: entry["verdict"] == "contradicted",
    "#kind=theorem&paper=lahoti2024": lambda e: e["kind"] == "theorem" and e["paper"] == "lahoti2024",
    "#changed=1&headline=1": lambda entry: entry["headline"] and after_results(entry),
    "#preregistered=1&verdict=not+run": lambda e: bool(e["preregistered"]) and e["verdict"] == "not run",
    "#search=LCN+grows": lambda entry: all(word in text_of(entry) for word in ("lcn", "grows")),
    "#search=o%28d%29": lambda entry: "o(d)" in text_of(entry),
    f"#search={OPENED}": lambda entry: OPENED in text_of(entry),
    "#verdict=nonsense&sort=nonsense": lambda entry: True,
    "#search=no+claim+says+xyzzy": lambda entry: False,
}
"""Addresses of views, and the claims that each ought to show."""


def after_results(entry: dict) -> bool:
    return any(change["seen"] == "after results" for change in entry["changes"])


def text_of(entry: dict) -> str:
    return f"{entry['id']} {entry['statement']} {entry['quote'] or ''}".lower()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_the_claims_that_its_address_asks_for(view, page, data, tmp_path):
    dom = seen(page, tmp_path, view)
    wanted = [entry for entry in data if VIEWS[view](entry)]
    assert shown(dom) == [entry["id"] for entry in wanted]
    assert count(dom) == f"{len(wanted)} of {len(data)} claims shown"
    headings = re.findall(r'<tbody class="heading" data-paper="([^"]+)"(?: data-kind="([^"]+)")?>', dom)
    pairs = {(entry["paper"], entry["kind"]) for entry in wanted}
    assert set(headings) == pairs | {(paper, "") for paper, _ in pairs}


def probability(name: str, sign: int) -> Callable[[dict], tuple]:
    return lambda entry: (entry[name] is None, sign * (entry[name] or 0))


OUTCOMES = ["reproduced", "contradicted", "inconclusive", "withdrawn", "not run"]
ORDERS: dict[str, Callable[[dict], object]] = {
    "#sort=p": probability("error_probability", 1),
    "#sort=-q&paper=lahoti2024": probability("q_value", -1),
    "#sort=verdict": lambda entry: OUTCOMES.index(entry["verdict"]),
}


@pytest.mark.parametrize("view", ORDERS)
def test_a_view_is_in_the_order_that_its_address_asks_for(view, page, data, tmp_path):
    dom = seen(page, tmp_path, view)
    wanted = [entry for entry in data if "paper" not in view or entry["paper"] == "lahoti2024"]
    assert shown(dom) == [entry["id"] for entry in sorted(wanted, key=ORDERS[view])]
    headings = re.findall(r'<tbody class="heading"([^>]*)>', dom)
    assert headings
    assert all("hidden" in rest for rest in headings)
    way = "descending" if "=-" in view else "ascending"
    assert re.findall(r'<th [^>]*aria-sort="([a-z]+ing)"', dom) == [way]


def test_an_anchor_opens_its_claim_with_its_figure(page, data, tmp_path):
    dom = seen(page, tmp_path, f"#claim-{OPENED}")
    assert len(shown(dom)) == len(data)
    opened = re.findall(r'<details open="">.*?<div id="claim-([^"]+)">(.*?)</details></td>', dom, re.DOTALL)
    ((name, body),) = opened
    assert name == OPENED
    figures = re.findall(r'href="#figure-([^"]+)"', body)
    assert figures
    assert body.count("<img") == len(figures)


def test_without_scripts_every_claim_is_there_and_an_anchor_still_leads_to_it(page, data, tmp_path):
    dom = seen(without_script(page, tmp_path), tmp_path, f"#claim-{OPENED}")
    assert shown(dom) == [entry["id"] for entry in data]
    assert count(dom) == f"{len(data)} claims"
    assert '<form id="filter" hidden' in dom
    assert "<button" not in dom.replace('<button type="reset">', "")


USED = """
const told = [];
const tell = () => told.push([location.hash, document.querySelectorAll(".claim:not([hidden])").length]);
const wait = () => new Promise(done => setTimeout(done, 100));
const input = (name, value) => {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new Event("input", { bubbles: true }));
};
(async () => {
    input("search", "lcn"); tell();
    form.elements.headline.click(); tell();
    const button = document.querySelector("th[data-sort=p] button");
    for (const _ of [1, 2, 3]) { button.click(); tell(); }
    form.querySelector("[type=reset]").click(); await wait(); tell();
    input("verdict", "withdrawn");
    document.querySelector(".statement[href='#claim-OPENED']").click(); await wait(); tell();
    told.push(document.getElementById("claim-OPENED").closest("details").open);
    history.back(); await wait(); tell();
    const controls = [...form.querySelectorAll("input:not([type=hidden]), select")];
    told.push(controls.every(one => one.labels.length === 1));
    dispatchEvent(new Event("beforeprint"));
    told.push(document.querySelectorAll(".claim details:not([open])").length);
    dispatchEvent(new Event("afterprint")); await wait();
    told.push(document.querySelectorAll(".claim details[open]").length);
})().catch(error => told.push(String(error))).then(() => document.title = JSON.stringify(told));
""".replace("OPENED", OPENED)


def test_controls_do_what_they_say_and_the_address_keeps_it(page, data, tmp_path):
    dom = seen(scripted(page, tmp_path, USED), tmp_path)
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title
    told = json.loads(unescape(title[1]))
    lcn = [entry for entry in data if "lcn" in text_of(entry)]
    few = sum(entry["headline"] for entry in lcn)
    withdrawn = sum(entry["verdict"] == "withdrawn" for entry in data)
    assert told == [
        ["#search=lcn", len(lcn)],
        ["#search=lcn&headline=1", few],
        ["#search=lcn&headline=1&sort=p", few],
        ["#search=lcn&headline=1&sort=-p", few],
        ["#search=lcn&headline=1", few],
        ["", len(data)],
        [f"#claim-{OPENED}", len(data)],  # it was not among those shown
        True,
        ["#verdict=withdrawn", withdrawn],
        True,
        0,
        1,
    ]


def measured(page: Path, folder: Path, width: int, script: str, scrolls: str) -> dict:
    """What `OVERFLOW` finds at a width in pixels: Chromium's own window is never narrower than 500."""
    copy = scripted(page, folder, script + OVERFLOW.replace("SCROLLS", json.dumps(scrolls)))
    frame = folder / "frame.html"
    frame.write_text(
        f"<title></title><script>onmessage = event => document.title = event.data</script>"
        f'<iframe style="width: {width}px; height: 900px; border: 0" src="{copy.name}"></iframe>',
        encoding="utf-8",
    )
    title = re.search(r"<title>(.*?)</title>", seen(frame, folder))
    assert title
    return json.loads(unescape(title[1]))


OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true;"


@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_the_page_never_scrolls_sideways(width, page, tmp_path):
    # A table may be wider within its box; the head of cards is for screen readers alone.
    found = measured(page, tmp_path, width, OPEN_ALL, ".scroll, .headlines thead")
    assert found["width"] == found["page"] == width
    assert found["wide"] == []
    assert found["form"] == "grid"


def test_a_print_has_every_claim_open_no_controls_and_no_column_cut_off(page, tmp_path):
    as_printed = """
        for (const rule of document.styleSheets[0].cssRules) {
            if (rule.media) rule.media.mediaText = rule.media.mediaText === "print" ? "all" : "print";
        }
    """
    found = measured(page, tmp_path, PAPER_WIDTH, as_printed, "nothing")
    assert found["wide"] == []
    assert found["form"] == "none"
    assert found["closed"] == 0


@pytest.mark.parametrize("with_script", [True, False])
def test_the_pdf_holds_what_a_closed_claim_hides(with_script, page, tmp_path):
    printed = page if with_script else without_script(page, tmp_path)
    out = tmp_path / "report.pdf"
    chromium(f"{printed.as_uri()}#search={OPENED}", tmp_path, f"--print-to-pdf={out}")
    # Links of the page are links of the file, if their text is printed.
    targets = set(re.findall(rb"/Dest /([a-z0-9-]+)", out.read_bytes()))
    assert f"claim-{OPENED}".encode() in targets
    assert b"figure-n-star-k" in targets
    assert (b"claim-cnn-at-most-linear-k" in targets) == (not with_script)

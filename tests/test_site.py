"""The site of the documents: its links, and its pages in a real browser, from files alone.

The site is built by the environment of ``make docs``, without running its notebooks; NSTAR_SITE names the
folder of a finished one, which has their outputs.
"""

import json
import os
import re
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

import nstar
from tests.browser import WITH_BROWSER, chromium, dom_and_console

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-docs" / "bin" / "python"
MADE = os.environ.get("NSTAR_SITE")
BUILT = pytest.mark.skipif(
    not MADE and not PYTHON.exists(), reason="no site here: make docs builds its environment and one"
)
PAGES = [path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if path.is_file()]
LOOK = """<script>addEventListener("load", () => setTimeout(() => {
    const drawn = one => { const box = one.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
    const maths = [...document.querySelectorAll("math")];
    parent.postMessage({
        page: PAGE,
        width: innerWidth,
        over: document.documentElement.scrollWidth - innerWidth,
        maths: maths.length,
        undrawn: maths.filter(one => !drawn(one)).length,
        errors: document.querySelectorAll("merror, .math").length,
        broken: [...document.images].filter(one => !one.naturalWidth).length,
    }, "*");
}, 200));</script></body>"""


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name == "id" and value:
                self.ids.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if MADE:
        return Path(MADE).resolve()
    out = tmp_path_factory.mktemp("site")
    options = ["-q", "-W", "-c", "docs", "-d", f"{out}-doctrees", "-D", "nb_execution_mode=off"]
    options += ["-D", "suppress_warnings=myst-nb.lexer"]
    subprocess.run([PYTHON, "-m", "sphinx", *options, ".", out], cwd=ROOT, check=True, timeout=180)
    return out


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_the_documents_lead_to_files(page: Path):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)", text)
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_every_public_name_is_on_the_page_of_names():
    listed = re.findall(r"^\.\. auto\w+:: nstar\.(\w+)$", (ROOT / "docs" / "api.md").read_text(), re.M)
    assert sorted(listed) == sorted(nstar.__all__)


def test_every_python_block_of_a_notebook_compiles():
    cells = [
        (path.name, cell)
        for path in (ROOT / "docs" / "notebooks").glob("*.md")
        for cell in re.findall(r"^```\{code-cell\}\n(.*?)^```", path.read_text(), re.M | re.S)
    ]
    assert len(cells) > 30
    for name, cell in cells:
        if not cell.startswith("%%"):
            compile(re.sub(r"^[!%:].*$", "", cell, flags=re.MULTILINE), name, "exec")


@BUILT
def test_no_link_within_the_site_is_dead(site: Path):
    found = {path: _Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    assert len(found) > 30
    dead = []
    for path, page in found.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            to = (path.parent / unquote(target.partition("?")[0])).resolve() if target else path
            known = to in found and (not anchor or unquote(anchor) in found[to].ids)
            if not (known or (to.is_file() and to not in found)):
                dead.append(f"{path.relative_to(site)}: {link}")
    assert dead == []


@pytest.mark.skipif(not MADE, reason="no finished site here: make docs builds one")
def test_every_cell_of_a_notebook_that_draws_shows_a_picture():
    draws = re.compile(r"\.plot\(|\bdraw_against\(|^draw\(", re.MULTILINE)
    seen = 0
    for page in (Path(str(MADE)) / "docs" / "notebooks").glob("*.html"):
        for cell in page.read_text(encoding="utf-8").split('<div class="cell docutils container')[1:]:
            code = unescape(re.sub(r"<[^>]+>", "", cell.partition('<div class="cell_output')[0]))
            if draws.search(code):
                seen += 1
                assert "<img" in cell, f"{page.name}: {code.strip()}"
    assert seen >= 3


@BUILT
@WITH_BROWSER
def test_pages_need_no_network_and_draw_their_formulas_on_a_phone_and_a_screen(site: Path, tmp_path: Path):
    pages = [
        str(path.relative_to(site)) for path in sorted(site.rglob("*.html")) if path.name != "index.html"
    ]
    pages.append("docs/index.html")
    copy = tmp_path / "site"
    subprocess.run(["cp", "-r", site, copy], check=True)
    for page in pages:
        text = (copy / page).read_text(encoding="utf-8")
        assert not re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"https?://", text)
        (copy / page).write_text(text.replace("</body>", LOOK.replace("PAGE", json.dumps(page))))
    frames = "".join(
        f'<iframe style="width: {width}px; height: 900px" src="{page}"></iframe>'
        for page in pages
        for width in (390, 1280)
    )
    tell = "const told = []; onmessage = e => { told.push(e.data); document.title = JSON.stringify(told); };"
    harness = copy / "harness.html"
    harness.write_text(f"<title></title><script>{tell}</script>{frames}</body>", encoding="utf-8")
    dom, console = dom_and_console(harness.as_uri(), tmp_path)
    assert console == []
    told = json.loads(unescape(re.search(r"<title>(.*?)</title>", dom)[1]))
    assert {one["page"] for one in told} == set(pages)
    assert len(told) == 2 * len(pages)
    bad = [one for one in told if one["over"] > 0 or one["undrawn"] or one["errors"] or one["broken"]]
    assert bad == []
    formulas = {one["page"]: one["maths"] for one in told}
    for page in ("docs/index.html", "docs/theory.html", "docs/kernels.html", "docs/notebooks/measure.html"):
        assert formulas[page] >= 2, page


@BUILT
@WITH_BROWSER
def test_search_finds_the_lower_bound_of_the_lcn(site: Path, tmp_path: Path):
    address = f"{(site / 'search.html').as_uri()}?q=LCN+lower+bound"
    dom = chromium(address, tmp_path, "--dump-dom")
    results = re.findall(r'<li[^>]*>\s*<a href="([^"?#]*)', dom.partition('id="search-results"')[2])
    assert {"docs/theorems.html", "docs/lower-bounds.html"} <= set(results), results[:20]

"""The site of `make docs`: README, docs/*.md, docstrings of `nstar`, and notebooks that the build runs."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

project = "nstar"
author = copyright = "The nstar authors"
# The folder of the sources is that of the repository, so that links between files are links between pages.
include_patterns = [
    "*.md",
    "docs/**.md",
    "docs/notebooks/**.md",
    "benchmarks/README.md",
    "paper_repro/published/README.md",
]
exclude_patterns = [".*", "build", "dist", "results", "tests"]
root_doc = "docs/index"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
default_role = "py:obj"
smartquotes = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_show_tb = True

autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "nstar"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
# What a browser reads from a file it may not fetch: a result of the search is a title and a link.
html_show_search_summary = False
html_math_renderer = "mathml"
html_additional_pages = {"index": "forward.html"}
templates_path = ["_templates"]

_BAR = re.compile(r"(`+[^`]*`+)|\|")
_PARAMETER = re.compile(r"([a-z]\w*(?:, [a-z]\w*)*): (.*)")


def list_parameters(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Paragraphs of lines "name: words" become a list; lines without a name go on with the one before. Norms
    keep their bars, which reStructuredText takes for substitutions.
    """
    found, listed = [], False
    for before, line in zip(["", *lines], lines, strict=False):
        if line == "Parameters" or re.fullmatch("-{4,}", line):
            continue
        if ">>>" not in line:
            line = _BAR.sub(lambda found: found[1] or r"\|", line)
        begins = _PARAMETER.fullmatch(line)
        first = not before.strip() or re.fullmatch("-{4,}", before)
        listed = bool(line.strip()) and bool(begins if first else listed)
        if listed and begins:
            found += [f"``{begins[1]}``", f"    {begins[2]}"]
        else:
            found.append(f"    {line.strip()}" if listed else line)
    lines[:] = found


def opening_heading(app: Sphinx, docname: str, source: list[str]) -> None:
    """The README has no heading before its first sentence; a page has one."""
    if docname == "README":
        source[0] = f"# Overview\n\n{source[0]}"


def inline(self: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line, as MathML, which browsers draw by themselves."""
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def displayed(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on lines of its own."""
    self.body.append(f'<div class="formula">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """See Sphinx."""
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    app.connect("source-read", opening_heading)
    app.connect("autodoc-process-docstring", list_parameters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

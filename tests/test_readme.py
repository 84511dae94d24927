"""The README's examples: Python runs as printed, and the command line takes every command as written."""

import re
from pathlib import Path

import pytest

from figures.dsd.n_star import FIGURES
from sims.search.estimate import estimate_threshold
from tests.called import is_taken

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

FENCED = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
EXAMPLES = [text for language, text in FENCED if language == "python"]
BLOCKS = "".join(text for language, text in FENCED if not language)
COMMANDS = [line.split("#")[0] for line in re.findall(r"^nstar (?! )(.*)$", BLOCKS, re.MULTILINE)]
OF_QUICK = MAKEFILE.replace("$(or $(PRESET),quick)", "quick").replace("$(PRESET)", "quick")
COMMANDS += re.findall(r"^\t\$\(BIN\)/nstar ([^|&\n]*)", OF_QUICK, re.M)


def test_every_link_to_a_document_leads_to_one_and_the_documents_are_linked():
    links = [link for link in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert {"docs/theory.md", "benchmarks/README.md", "CONTRIBUTING.md"} <= set(links)


@pytest.mark.parametrize("document", ["README.md", "docs/coverage.md", "docs/theorems.md"])
def test_n_star_has_the_definition_of_its_estimate(document: str):
    stated = " ".join((estimate_threshold.__doc__ or "").split())
    definition = stated.removeprefix("n* of a cell: ").split(".")[0]
    assert definition.startswith("the smallest n such that")
    assert definition in " ".join((ROOT / document).read_text(encoding="utf-8").split())
    assert definition in " ".join(FIGURES[0].caption.split())


@pytest.mark.parametrize("place", ["tables", "figures", "report.html"])
def test_it_says_where_results_land(place: str):
    assert f"`results/<preset>/{place}`" in README
    assert "`~/.cache/nstar`" in README


def test_examples_and_commands_are_found():
    assert len(EXAMPLES) >= 2
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split(" ", 2)[1])
def test_python_example_runs_and_prints(example: str, capsys: pytest.CaptureFixture[str]):
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("command", sorted({" ".join(command.split()) for command in COMMANDS}))
def test_command_is_one_that_nstar_takes(command: str):
    assert is_taken(command.split())

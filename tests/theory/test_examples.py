"""The examples in theory's docstrings run and print what they say."""

import doctest
import importlib
from pathlib import Path

import pytest

import theory

FOLDER = Path(theory.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
    for path in FOLDER.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def test_the_closed_forms_have_examples():
    expected = {
        "dsd.coverage",
        "dsd.risks",
        "two_step.first_step",
        "rates",
        "two_step.second_step",
        "sphere",
        "two_step.squared_step",
        "two_step.final_risk",
        "two_step.upper_bounds",
    }
    assert {f"theory.{name}" for name in expected} <= set(WITH_EXAMPLES)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_print_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0

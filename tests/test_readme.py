"""The README's Python examples run as printed."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_readme_has_examples():
    assert len(EXAMPLES) >= 2


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split(" ", 2)[1])
def test_python_example_runs_and_prints(example: str, capsys: pytest.CaptureFixture[str]):
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()

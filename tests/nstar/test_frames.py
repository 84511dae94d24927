"""Results as frames and files of other libraries, and as they show themselves in a notebook."""

import base64
import io
import re
import sys
from typing import Any

import pytest
from matplotlib.figure import Figure
from PIL import Image

import nstar
from nstar.fitting import Growths
from nstar.frames import _columns
from nstar.measuring import Measurement
from nstar.sweeping import Sweep


class Correlation:
    """What <b>learns</b>."""

    def fit(self, x, y):
        self.direction = y @ x

    def predict(self, x):
        return x @ self.direction


ASKED: dict[str, Any] = {"n_max": 120, "seeds": 2, "target": 0.15, "progress": False}
TASK = nstar.DSD(k=2, d=3, sigma=0.15)
ROWS = [
    {"whole": 1, "some": None, "real": 1, "mixed": 1, "listed": [8, 16], "flag": True, "config": {"a": 1}},
    {"whole": 2, "some": "x", "real": 0.5, "mixed": "y", "listed": None, "flag": None, "config": {}},
]


@pytest.fixture(scope="module")
def measured() -> Measurement:
    return nstar.measure(TASK, Correlation(), **ASKED)


@pytest.fixture(scope="module")
def swept() -> Sweep:
    return nstar.sweep(TASK, {"<b>mine</b>": Correlation(), "linear": "linear"}, k=[2, 3, 5], **ASKED)


@pytest.fixture(scope="module")
def fitted(swept: Sweep) -> Growths:
    return swept.fit()


def test_columns_are_of_one_kind():
    assert _columns(ROWS) == {
        "whole": [1, 2],
        "some": [None, "x"],
        "real": [1.0, 0.5],
        "mixed": ["1", "y"],
        "listed": ["8 16", None],
        "flag": [True, None],
    }
    assert _columns([]) == {}


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_results_are_frames(name, swept, measured, fitted):
    pytest.importorskip(name)
    published = nstar.table("one-patch")
    results = (swept, measured, fitted, published)
    frames = [getattr(one, f"to_{name}")() for one in results]
    assert [len(frame) for frame in frames[:2]] == [12, 2]
    assert list(frames[0].columns)[:2] == ["series", "cell"]
    assert "config" not in frames[0].columns
    assert {"alpha", "a"} <= {*frames[2]["parameter"]}
    assert len(frames[3]) == len(published)
    again = nstar.fit(frames[0])
    assert [*again] == [*fitted]
    assert again["linear"].fits == fitted["linear"].fits


def test_a_file_is_written_whole(swept, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = swept.to_parquet(tmp_path / "new" / "mine.parquet")
    assert parquet.read_table(path).to_pylist() == [
        {name: value for name, value in row.items() if name != "config"} for row in swept.rows
    ]
    assert [one.name for one in path.parent.iterdir()] == ["mine.parquet"]
    with pytest.raises(nstar.InputError, match="path: got"):
        swept.to_parquet(tmp_path)


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_without_the_library_one_line_says_so(name, swept, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    method = "to_parquet" if name == "pyarrow" else f"to_{name}"
    allowed = f"{method}: got 'no module {name}'; allowed: an environment with {name}: pip install {name}"
    with pytest.raises(nstar.InputError, match=f"^{allowed}$"):
        getattr(swept, method)(*[tmp_path / "x.parquet"] * (name == "pyarrow"))
    assert not [*tmp_path.iterdir()]


def test_a_published_table_is_found_by_its_name():
    found = nstar.table("sweeps")
    assert len(found) > 100
    assert f"the first of {len(found)} rows" in found._repr_html_()
    with pytest.raises(nstar.InputError, match=r"name: got 'sweep'; allowed: .*sweeps"):
        nstar.table("sweep")


def picture(html: str) -> Image.Image:
    (data,) = re.findall('<img width="460" src="data:image/png;base64,(.*?)">', html)
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_results_show_a_table_and_a_picture(swept, measured, fitted):
    for one in (swept, measured, fitted):
        html = one._repr_html_()
        assert picture(html).size == (920, 640)
        assert one._repr_png_() == one._repr_png_() != b""
        assert "<b>mine</b>" not in html
    assert "&lt;b&gt;mine&lt;/b&gt;" in swept._repr_html_()


def test_a_measurement_is_drawn_with_every_seed_its_target_and_n_star(measured):
    given = Figure().subplots()
    assert measured.plot(given) is given
    ids = [line.get_gid() for line in given.lines]
    assert sum(one.startswith("line|") for one in ids) == 2
    assert {"level|target", "best"} <= {*ids}
    drawn = {text.get_text() for text in given.get_legend().get_texts()}
    assert {"target", "n*, 95 % interval", "n*"} <= drawn
    seeds = [line for line in given.lines if line.get_gid().startswith("line|")]
    points = {(x, y) for line in seeds for x, y in zip(*line.get_data(), strict=True)}
    assert points == {(one.n, one.risk) for seed in measured.result.per_seed for one in seed.outcomes}


def test_laws_are_drawn_over_the_cells_they_were_fitted_to(fitted):
    given = Figure().subplots()
    assert fitted.plot("k", given) is given
    lines = {line.get_gid(): line for line in given.lines}
    name, power = next((name, one.power) for name, one in fitted.items() if one.power is not None)
    x, y = lines[f"line|{name}"].get_data()
    assert y[-1] == pytest.approx(power.predict(k=x[-1], d=3, sigma=0.15))
    assert sum((line.get_gid() or "") == "estimate|linear" for line in given.lines) == 3
    with pytest.raises(nstar.InputError, match="x: got 'd'; allowed: k"):
        fitted.plot("d")


@pytest.mark.parametrize("rows", [5, [1, 2], [{"k": "x", "low": 1, "high": 2}], [{"low": None}], []])
def test_what_are_no_rows_is_refused(rows):
    with pytest.raises(nstar.InputError, match=r"^(rows|k): got"):
        nstar.fit(rows)


def test_rows_of_ones_own_are_drawn_as_brackets():
    rows = [{"k": k, "low": 2 * k, "high": 2.2 * k} for k in 2 * [4, 6, 9, 13]]
    axes = nstar.fit(rows).plot(ax=Figure().subplots())
    ids = [line.get_gid() for line in axes.lines]
    assert ids.count("seed|n*") == 8
    assert "line|n*" in ids
    alone = nstar.fit(rows[:1])
    assert alone._repr_png_() is None
    with pytest.raises(nstar.InputError, match="allowed: sizes that vary"):
        alone.plot()

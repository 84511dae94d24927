"""`nstar.fit`, `nstar.predict`, `nstar.ntk` and `nstar.report`."""

import html
import json
import math
from pathlib import Path

import numpy as np
import pytest

import nstar
from tests.called import call
from theory.limits.fully_connected_bounds import subspace_bound
from theory.limits.lower_bounds import lower_bound

SIZES = [(k, d) for k in (4, 8, 16) for d in (3, 9)]


def rows(series: str, alpha: float, *, spread: float = 0.02) -> list[dict]:
    sizes = [(k, d, seed) for k, d in SIZES for seed in (-1, 1)]
    return [
        {"series": series, "k": k, "d": d, "low": n * 0.99, "high": n * 1.01}
        for k, d, seed in sizes
        for n in [3 * k**alpha * d * math.exp(spread * seed)]
    ]


def test_each_series_has_its_laws():
    growths = nstar.fit([*rows("a", 1.0), *rows("b", 2.0)])
    assert list(growths) == ["a", "b"]
    exponents = [growths[name].power.parameters["alpha"].best for name in growths]
    assert exponents == pytest.approx([1.0, 2.0], abs=1e-3)
    assert [growths[name].chosen.family for name in growths] == ["kd", "k^2 d"]
    text = str(growths)
    assert text.count("n*: ") == 2
    assert "local slope over k = 4 to 16, d = 3 to 9" in text
    shown = growths._repr_html_()
    assert "a k^2 d" in shown
    assert shown.count("<tr>") == 3


def test_a_frame_is_taken_with_its_empty_places_and_fitted_as_the_command_fits(monkeypatch):
    class Frame:
        def to_dict(self, orient):
            assert orient == "records"
            return [{"k": 9, "d": 3, "low": 50.0, "high": float("nan"), "series": "a"}]

    seen = []

    def fits(own):
        seen.extend(own)
        return [], None

    monkeypatch.setattr("nstar.fitting.fits_of", fits)
    growth = nstar.fit(Frame())["a"]
    assert growth.group["right_censored"] == 1
    (row,) = seen
    assert (row["k"], row["d"], row["sigma"], row["low"], row["high"]) == (9, 3, 1, 50.0, None)


def test_where_nothing_varies_there_is_no_law():
    growth = nstar.fit(rows("a", 1.0)[:2])["a"]
    assert growth.fits == ()
    assert growth.chosen is growth.power is None
    assert "nothing varies" in str(growth)


@pytest.mark.parametrize(
    "bad",
    [[], [{"k": 3}], [{"low": None, "high": None}], [{"low": "few", "high": 3}], [{"low": 0, "high": 0}]],
)
def test_other_rows_are_refused(bad):
    with pytest.raises(nstar.InputError, match=r"^rows: got "):
        nstar.fit(bad)


@pytest.mark.parametrize("model", ["fcn", "lcn", "cnn"])
def test_a_prediction_is_what_theory_has(model):
    task = nstar.DSD(k=6, d=8, sigma=0.15)
    found = nstar.predict(task, model)
    assert found.target == pytest.approx(task.floor("oracle") + 0.03)
    assert found.bound == lower_bound(model, 6, 8, 0.15, found.target)
    assert found.risks["bayes"] < found.risks["oracle"] < found.risks["linear"]
    assert (found.sufficient is None) == (model == "fcn")
    assert (found.coverage is None) == (model == "cnn")
    assert found.n_low == max(found.bound.n, found.coverage or 0)
    kinds = {"fcn": ["lower"], "lcn": ["upper", "lower"], "cnn": ["upper"]}[model]
    assert [claim.kind for claim in found.theorems] == kinds
    assert str(found).startswith(f"{model} on DSD(k=6, d=8, sigma=0.15")
    assert all(html.escape(condition) in found._repr_html_() for condition in found.bound.conditions)


def test_a_prediction_follows_target_success_and_width():
    task = nstar.DSD(k=6, d=8, sigma=0.3)
    strict = nstar.predict(task, "lcn", target=0.5, success=0.9)
    assert strict.bound == lower_bound("lcn", 6, 8, 0.3, 0.5, success=0.9)
    wide = nstar.predict(task, nstar.FCN(width=40), target=0.5)
    assert wide.bound == subspace_bound(6, 8, 0.3, 0.5, neurons=40)
    with pytest.raises(nstar.InputError, match=r"target: got 0.01; allowed: at least 0"):
        nstar.predict(task, "lcn", target=0.01)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("task", lambda: nstar.predict(nstar.SSD(k=6, d=8, sigma=0.15), "lcn")),
        ("model", lambda: nstar.predict(nstar.DSD(k=6, d=8, sigma=0.15), "linear")),
        ("activation", lambda: nstar.predict(nstar.DSD(k=6, d=8, sigma=0.15), nstar.LCN(activation="relu"))),
        ("target", lambda: nstar.predict(nstar.DSD(k=6, d=8, sigma=0.15), "lcn", target=0)),
        ("success", lambda: nstar.predict(nstar.DSD(k=6, d=8, sigma=0.15), "lcn", success=1)),
        ("store", lambda: nstar.report(store="no such folder")),
        ("preset", lambda: nstar.report(preset="tiny")),
        ("preset", lambda: nstar.report(preset="full")),
    ],
)
def test_what_is_not_allowed_is_one_line_that_names_it(option, words):
    with pytest.raises(nstar.InputError) as caught:
        words()
    assert caught.value.option == option
    assert "\n" not in str(caught.value)


def test_kernels_are_those_of_theory():
    x = np.random.default_rng(0).normal(size=(5, 3, 2))
    gram = nstar.ntk("cnn", x, activation="erf", depth=2)
    assert gram.shape == (5, 5)
    assert np.linalg.eigvalsh(gram).min() > 0


def test_a_report_has_the_claims_of_the_command(tmp_path: Path):
    found = nstar.report(store=tmp_path, preset="quick")
    done = call(["report", "--json", "--preset", "quick", "--store", str(tmp_path)])
    assert found.claims == json.loads(done.out)
    assert found.verdicts == {"not run": len(found.claims)}
    assert str(found).split() == [str(len(found.claims)), "not", "run"]
    assert "<td>not run</td>" in found._repr_html_()


def test_a_report_is_saved_as_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []

    def page(tables, *, options):
        asked.append((tables.preset, options))
        return "<html></html>"

    monkeypatch.setattr("paper_repro.report.page.render_report", page)
    (tmp_path / "store").mkdir()
    found = nstar.report(store=tmp_path / "store")
    path = found.save(tmp_path / "report.html")
    assert path.read_text() == "<html></html>"
    assert asked == [("quick", "--preset quick --store DIR")]
    with pytest.raises(nstar.InputError, match="path: got "):
        found.save(tmp_path)

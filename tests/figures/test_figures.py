"""Every figure: same bytes when drawn again, a CSV of what is plotted, censoring shown, gaps said."""

import csv
import json
import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.catalogue import FIGURES
from figures.drawing.marks import COLUMNS, Mark, as_rows
from figures.drawing.save import SUFFIXES, csv_text, render, save
from tests.figures import synthetic

EVERY = pytest.mark.parametrize("spec", FIGURES.values(), ids=list(FIGURES))
NEEDS_CELLS = [spec for spec in FIGURES.values() if spec.experiments]
WITH_CELLS = pytest.mark.parametrize("spec", NEEDS_CELLS, ids=[spec.name for spec in NEEDS_CELLS])


def lines(figure: Figure, gid: str) -> list[Line2D]:
    """Lines whose group id starts with `gid`."""
    found = [line for axes in figure.axes for line in axes.get_lines()]
    return [line for line in found if str(line.get_gid()).startswith(gid)]


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for axes in figure.axes for text in axes.texts)


VECTORS = ("n-star-k", "shortcut-bias", "shortcut-pictures")
"""Panels, a heat map and pictures, whose SVG and PDF are held to it too: there the format decides."""


@EVERY
def test_drawing_twice_changes_no_byte(spec, tmp_path):
    suffixes = SUFFIXES if spec.name in VECTORS else ("png", "csv", "json")
    contents = []
    for name in ("first", "second"):
        content = spec.content(synthetic.table_for(spec))
        figure = spec.draw(content)
        rows = as_rows(content.marks)
        fields = {"rows": rows, "columns": COLUMNS, "provenance": {"a": 1}, "suffixes": suffixes}
        paths = save(figure, out=tmp_path / name, name=spec.name, **fields)
        contents.append([path.read_bytes() for path in paths])
    assert [path.suffix for path in paths] == [f".{suffix}" for suffix in suffixes]
    assert contents[0] == contents[1]
    for data in contents[0][:3]:
        assert b"CreationDate" not in data
        assert b"dc:date" not in data


@EVERY
def test_every_axis_names_its_unit_or_says_it_has_none(spec):
    if spec.name == "equivariance":
        pytest.skip("a table of learners and groups, in words")
    figure = spec.build(synthetic.table_for(spec))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    labels = [text for axes in shown for text in (axes.get_xlabel(), axes.get_ylabel()) if text]
    assert labels
    assert all("(" in label for label in labels), labels


@EVERY
def test_text_is_not_smaller_than_a_column_allows(spec):
    figure = spec.build(synthetic.table_for(spec))
    figure.draw_without_rendering()
    assert figure.get_figwidth() <= 7.0
    sizes = [text.get_fontsize() for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.texts)]
    assert min(sizes, default=10) >= 6.5


@WITH_CELLS
def test_an_empty_table_gives_a_figure_that_says_so(spec):
    figure = spec.build([])
    assert "no cells" in texts(figure)
    render(figure, "png")


@WITH_CELLS
def test_a_fully_censored_table_is_drawn_as_arrows_not_as_points(spec):
    if spec.table in ("evaluations", "quantities"):
        pytest.skip("risks and the quantities of probes are never censored")
    limits = {"n_low": 1000.0, "n_best": None, "n_high": None, "low": 1000, "high": None, "censored": "right"}
    table = [row | limits for row in synthetic.table_for(spec)]
    figure = spec.build(table)
    render(figure, "svg")
    if spec.name == "lcn-cnn-ratio":  # of two lower bounds there is no ratio at all
        assert "no cells" in texts(figure)
    elif spec.name in ("exponents", "kernel-exponents"):
        assert "every observation is censored" in texts(figure)
    elif spec.name == "two-step-sensitivity":
        assert lines(figure, "right-censored|estimate")
        assert lines(figure, "estimate|") == []
    else:
        assert "every cell is censored" in texts(figure)
        assert lines(figure, "right-censored|estimate")
        assert {line.get_fillstyle() for line in lines(figure, "estimate|")} == {"none"}


@pytest.mark.parametrize("name", ["n-star-k", "n-star-d", "n-star-sigma", "sigma-scaling", "width"])
def test_csv_is_exactly_what_is_plotted(name):
    spec = FIGURES[name]
    content = spec.content(synthetic.table_for(spec))
    figure = spec.draw(content)
    drawn = sorted(
        (float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines(figure, "estimate|")
    )
    marks = [mark for mark in content.marks if mark.kind == "estimate"]
    written = sorted((mark.x, mark.y or mark.low or mark.high) for mark in marks)
    assert drawn == written
    ends = sorted(tuple(map(float, line.get_ydata())) for line in lines(figure, "interval|"))
    expected = [((m.low or m.y or m.high), (m.high or m.y or m.low)) for m in marks]
    assert ends == sorted(tuple(map(float, pair)) for pair in expected)
    curves = sorted(
        (*map(float, line.get_xdata()), *map(float, line.get_ydata())) for line in lines(figure, "line|")
    )
    keys = dict.fromkeys((m.panel, m.series, m.source) for m in content.marks if m.kind == "line")
    vertices = [
        [m for m in content.marks if m.kind == "line" and (m.panel, m.series, m.source) == key]
        for key in keys
    ]
    assert curves == sorted((*(m.x for m in own), *(m.y for m in own)) for own in vertices)


def test_csv_reads_back_to_the_marks():
    spec = FIGURES["n-star-k"]
    rows = as_rows(spec.content(synthetic.table_for(spec)).marks)
    text = csv_text(rows, COLUMNS).splitlines()
    assert text[0] == ",".join(COLUMNS)
    assert len(text) == len(rows) + 1
    place = COLUMNS.index("y")
    values = [line[place] for line in csv.reader(text[1:])]
    assert values == ["" if row["y"] is None else repr(row["y"]) for row in rows]
    assert all(float(v) == row["y"] for v, row in zip(values, rows, strict=True) if v)


def test_right_and_left_censored_cells_carry_arrows_that_point_their_way():
    figure = FIGURES["n-star-sigma"].build(synthetic.sigma())
    up, down = lines(figure, "right-censored|"), lines(figure, "left-censored|")
    assert up
    assert down
    assert all(line.get_marker().vertices[:, 1].max() > 0 for line in up)
    assert all(line.get_marker().vertices[:, 1].min() < 0 for line in down)
    figure = FIGURES["n-star-k"].build(synthetic.sweeps())
    assert {str(line.get_gid()) for line in lines(figure, "right-censored|estimate")} == {
        "right-censored|estimate|linear"
    }


def test_an_interval_that_is_cut_at_zero_is_not_censored():
    common = {"panel": "share", "series": "net", "model": "net", "y": 0.1, "high": 0.3}
    assert not Mark(kind="estimate", low=0.0, **common).left_censored
    assert Mark(kind="estimate", low=None, **common).left_censored
    assert Mark(kind="seed", low=0, **common).left_censored


def test_fitted_and_predicted_slopes_are_drawn_and_told_apart():
    content = FIGURES["n-star-k"].content(synthetic.sweeps())
    fit = [m for m in content.marks if m.series == "lcn" and m.source == "fit" and "lahoti" in m.panel]
    slope = np.polyfit(np.log([m.x for m in fit]), np.log([m.y for m in fit]), 1)[0]
    assert slope == pytest.approx(1.7, abs=0.15)
    bound = [m for m in content.marks if m.series == "LCN-low" and "lahoti" in m.panel]
    slope = np.polyfit(np.log([m.x for m in bound]), np.log([m.y for m in bound]), 1)[0]
    assert slope == pytest.approx(1.0)
    figure = FIGURES["n-star-k"].draw(content)
    styles = {str(line.get_gid()): line.get_linestyle() for line in lines(figure, "line|")}
    assert len({styles["line|lcn"], styles["line|LCN-low"], styles["line|LCN-up"]}) >= 2
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert any(text.startswith("fit") for text in legend)
    assert any(text.startswith("theorem") for text in legend)
    assert any("95 % interval" in text for text in legend)


def test_a_model_keeps_its_colour_in_every_figure():
    colours: dict[str, set[str]] = {}
    for spec in FIGURES.values():
        figure = spec.build(synthetic.table_for(spec))
        for line in [*lines(figure, "estimate|"), *lines(figure, "line|")]:
            model = re.split("[ ,]", str(line.get_gid()).split("|")[1])[0].lower()
            if model in ("fcn", "lcn", "cnn", "linear") and spec.name != "lcn-cnn-ratio":
                colours.setdefault(model, set()).add(line.get_color())
    assert set(colours) == {"fcn", "lcn", "cnn", "linear"}
    assert {len(found) for found in colours.values()} == {1}
    assert len(set.union(*colours.values())) == 4


def test_seeds_that_contradict_monotony_are_marked():
    rows = [row | {"monotone": row["seed"] != 2} for row in synthetic.width()]
    figure = FIGURES["width"].build(rows)
    assert len(lines(figure, "not monotone|")) == 4
    assert "success not monotone in n" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_exponents_stand_beside_theorems_and_every_family():
    content = FIGURES["exponents"].content(synthetic.thresholds())
    k = [mark for mark in content.marks if mark.panel == "k"]
    families = {mark.series for mark in k if mark.kind == "span"}
    assert families == {"family ∝ k+d", "family ∝ kd", "family ∝ k(k+d)", "family ∝ k² d"}
    models = {mark.model for mark in k if mark.kind == "estimate"}
    assert models == {"fcn", "lcn", "cnn"}
    fcn = next(mark for mark in k if mark.kind == "estimate" and mark.model == "fcn")
    assert fcn.low < 2.3 < fcn.high
    assert {mark.variant for mark in k if mark.kind == "level"} == {"FCN-low", "LCN-up", "LCN-low", "CNN-up"}


def test_sigma_scaling_separates_the_regimes():
    panels = {mark.panel for mark in FIGURES["sigma-scaling"].content(synthetic.sigma_scaling()).marks}
    assert panels == {"σ = 0.1 fixed, honest", "σ = 0.447 / √k, honest"}


def test_learning_curves_name_every_floor():
    figure = FIGURES["learning-curves"].build(synthetic.curves())
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    for floor in ("Bayes", "LSA", "linear predictor"):
        assert any(text.startswith("derived") and floor in text for text in legend)
    diverged = [row | {"risk": None} for row in synthetic.curves() if row["model"] == "cnn"]
    render(FIGURES["learning-curves"].build(diverged), "png")


def test_the_test_errors_are_a_panel_a_size_with_mean_and_standard_deviation():
    rows = synthetic.error_curves()
    content = FIGURES["test-error"].content(rows)
    assert [panel.title for panel in content.panels] == [
        f"k = {k}, d = {d}, σ = 0.1" for k in (10, 20) for d in (10, 20)
    ]
    lines_of = {(mark.model, mark.variant) for mark in content.marks if mark.kind == "line"}
    assert lines_of == {(net, "") for net in ("cnn", "lcn", "fcn")} | {("fcn", "from the suite's start")}
    chosen = {"model": "fcn", "options": "steps=3000", "k": 10, "d": 20, "n": 250}
    risks = [row["risk"] for row in rows if all(row[name] == value for name, value in chosen.items())]
    own = [m for m in content.marks if m.panel == "k=10, d=20, sigma=0.1" and m.series.startswith("fcn, ")]
    (line,) = [mark for mark in own if mark.kind == "line" and mark.x == 250]
    (band,) = [mark for mark in own if mark.kind == "band" and mark.x == 250]
    assert line.y == pytest.approx(np.mean(risks))
    assert (band.low, band.high) == pytest.approx(
        (line.y - np.std(risks, ddof=1), line.y + np.std(risks, ddof=1))
    )
    legend = [text.get_text() for text in FIGURES["test-error"].draw(content).legends[0].get_texts()]
    assert "FCN, from the suite's start" in legend
    assert {"derived: ground-truth LSA net of norm 1", "derived: ground-truth LSA net of any norm"} <= set(
        legend
    )


def test_task_picture_boxes_the_patch_of_the_signal():
    spec = FIGURES["task"]
    content = spec.content([])
    for sample in {mark.series for mark in content.marks if mark.note == "signal"}:
        own = [mark for mark in content.marks if mark.series == sample]
        energy = {patch: sum(m.y**2 for m in own if m.low == patch) for patch in {mark.low for mark in own}}
        boxed = {mark.low for mark in own if mark.note == "signal"}
        assert boxed == {max(energy, key=energy.__getitem__)}


def test_ratio_of_censored_cells_is_a_bound():
    from sims.tables.ratios import ratio_of

    censored = {"n_low": 1000.0, "n_best": None, "n_high": None}
    plain = {"n_low": 8.0, "n_best": 10.0, "n_high": 12.5}
    bound = ratio_of(censored, plain)
    assert (bound.low, bound.best, bound.high) == (80.0, None, None)
    both = ratio_of({"n_low": 80.0, "n_best": 100.0, "n_high": 125.0}, plain)
    assert both.best == 10
    assert both.high == pytest.approx(10 * math.exp(math.sqrt(2) * math.log(1.25)))
    assert ratio_of(censored, censored) is None


def test_captions_of_the_fcn_state_the_start_that_the_protocols_give_it():
    from sims.models import CNN, FCN
    from sims.protocols import protocol
    from sims.tasks import DSD

    task = DSD(k=6, d=10, sigma=0.15)
    for name in ("lahoti", "honest"):
        fcn, cnn = (protocol(name, model, task)[0] for model in (FCN(), CNN()))
        biases = ", ".join(f"{bias:g}" for bias in fcn.init_bias)
        own = f"standard deviation {fcn.init_std:g}, an initial bias from {{{biases}}}"
        own += f", learning rate {fcn.lr_w[0]:g} and {fcn.steps} steps"
        assert len(fcn.lr_w) == 1
        assert (cnn.init_std, cnn.init_bias, len(cnn.lr_w)) == (1e-3, (0.0,), 3)
        for figure in ("n-star-k", "n-star-d", "exponents", "width", "learning-curves"):
            assert own in FIGURES[figure].caption
            assert f"against 1e-3, bias 0, three rates and {cnn.steps} steps" in FIGURES[figure].caption
        for net in (fcn, cnn):
            assert len(net.lr_w) * len(net.lr_b) * len(net.init_bias) == 9


def test_captions_say_what_a_bracket_and_a_floor_are_not():
    for figure in ("n-star-k", "n-star-d", "n-star-sigma"):
        assert "one of the seed's several crossings" in FIGURES[figure].caption
    assert "below the ground-truth net's floor" in FIGURES["learning-curves"].caption


def test_svg_is_well_formed_and_free_of_dates():
    svg = render(FIGURES["width"].build(synthetic.width()), "svg")
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert b"<dc:date>" not in svg


def test_user_settings_of_matplotlib_do_not_reach_a_figure():
    import matplotlib

    plain = render(FIGURES["width"].build(synthetic.width()), "png")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "black", "savefig.bbox": "tight"}):
        assert render(FIGURES["width"].build(synthetic.width()), "png") == plain


def test_provenance_names_cells_command_and_versions_but_no_time(tmp_path):
    from figures.write import write_figures
    from sims.tables.gather import Tables

    rows = tuple(synthetic.width())
    cells = {"width": tuple(dict.fromkeys(row["cell"] for row in rows))}
    tables = Tables(
        preset="quick", thresholds=rows, evaluations=(), cells=cells, missing={"width": ("one more",)}
    )
    paths = write_figures([FIGURES["width"]], tables, tmp_path)
    found = json.loads((tmp_path / "width.json").read_text())
    assert found["cells"] == sorted(cells["width"])
    assert found["command"] == "nstar figures --preset quick width"
    assert found["missing"] == 1
    assert {"python", "matplotlib", "numpy", "nstar"} <= found["versions"].keys()
    assert "seconds" not in json.dumps(found)
    before = {path: path.stat().st_mtime_ns for path in paths}
    write_figures([FIGURES["width"]], tables, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in paths} == before
    assert [path for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def test_drawing_in_several_processes_writes_the_same_files(tmp_path):
    from figures.write import write_side_by_side
    from sims.tables.gather import Tables

    rows = tuple(synthetic.width())
    cells = {"width": tuple(dict.fromkeys(row["cell"] for row in rows))}
    tables = Tables(preset="quick", thresholds=rows, evaluations=(), cells=cells, missing={})
    names = ["task", "width", "n-star-k"]
    one = write_side_by_side(names, tables, tmp_path / "one", processes=1)
    two = write_side_by_side(names, tables, tmp_path / "two", processes=2)
    assert [path.name for path in two] == [path.name for path in one]
    assert [path.stem for path in one[::5]] == names
    assert [path.read_bytes() for path in two] == [path.read_bytes() for path in one]

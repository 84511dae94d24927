"""The table of equivariance, measured: which learners commute with which groups."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from figures.drawing.looks import look_of
from figures.drawing.marks import Mark, of
from figures.drawing.measured import Row
from figures.drawing.panels import Panel, say_empty
from figures.drawing.spec import Content, FigureSpec
from figures.drawing.style import PAGE, house_style
from sims.tables.sweeps import distinct

WORDS = {
    "orthogonal": "O(kd)",
    "patchwise_orthogonal": "O(d) a patch,\npatches permuted",
    "shared_orthogonal": "one O(d),\npatches permuted",
    "signed_permutations": "signed permutations\nof kd coordinates",
    "patchwise_signed_permutations": "signed permutations\na patch",
    "shared_signed_permutations": "one signed\npermutation",
}
OPTIMIZERS = {
    "sgd": "gradient descent",
    "momentum": "momentum",
    "adam": "Adam",
    "two_step": "two steps",
}
OUTCOMES = {
    1.0: ("#BFE3D5", "equivariant: same outputs up to rounding"),
    0.0: ("#F2CDB5", "not equivariant: laws of outputs differ"),
    0.5: ("#E6E6E6", "undecided"),
}


def content(rows: Sequence[Row]) -> Content:
    """A mark for each learner and group: x is the group, y the learner, low the gap along paths."""
    values = {
        (row["model"], row["optimizer"], row["group"], row["quantity"]): row for row in rows if "group" in row
    }
    lines = distinct((row["model"], row["optimizer"]) for row in rows)
    marks = []
    for y, (model, optimizer) in enumerate(lines):
        for x, group in enumerate(WORDS):
            outcome = values.get((model, optimizer, group, "equivariant"))
            gap = values.get((model, optimizer, group, "pathwise_gap"))
            if outcome is None:
                continue
            predicted = outcome["predicted"]
            marks.append(
                Mark(
                    panel="table",
                    series=f"{look_of(model).name}, {OPTIMIZERS.get(optimizer, optimizer)}",
                    model=model,
                    kind="cell",
                    variant=group,
                    x=float(x),
                    y=float(y),
                    low=None if gap is None else gap["value"],
                    high=outcome["value"],
                    note="" if predicted in (None, outcome["value"]) else "not as predicted",
                )
            )
    panel = Panel(key="table", title="", xlabel="group", ylabel="", xscale="linear", yscale="linear")
    return Content(marks=tuple(marks), panels=(panel,))


def _gap(value: float | None) -> str:
    if value is None:
        return "no such turn\nof the weights"
    return f"{value:.0e}".replace("e-0", "e-") if value < 0.01 else f"{value:.2f}"


def draw(content: Content) -> Figure:
    """Rows of learners, columns of groups; in every cell the largest relative gap of outputs along paths."""
    marks = of(content.marks, panel="table")
    lines = distinct(mark.series for mark in marks)
    with house_style():
        figure = Figure(figsize=(PAGE, 1.3 + 0.3 * max(len(lines), 3)), layout="constrained")
        axes = figure.subplots()
        axes.grid(False)
        if not marks:
            say_empty(axes, content.panels[0])
            return figure
        for mark in marks:
            assert mark.x is not None
            assert mark.y is not None
            colour, _ = OUTCOMES[mark.high if mark.high is not None else 0.5]
            edge = "black" if mark.note else "white"
            corner = (mark.x - 0.48, mark.y - 0.46)
            axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=colour, edgecolor=edge, linewidth=1.2))
            axes.text(mark.x, mark.y, _gap(mark.low), ha="center", va="center", fontsize=6.5)
        axes.set_xlim(-0.5, len(WORDS) - 0.5)
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_xticks(range(len(WORDS)), list(WORDS.values()), fontsize=6.5)
        axes.set_yticks(range(len(lines)), lines, fontsize=7)
        axes.tick_params(length=0)
        for side in axes.spines.values():
            side.set_visible(False)
        handles = [Patch(facecolor=colour, label=words) for colour, words in OUTCOMES.values()]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


FIGURE = FigureSpec(
    name="equivariance",
    title="Which learners are equivariant under which groups",
    caption=(
        "Each net is trained on the samples and on the samples turned by a Haar draw U of the group. Number: "
        "largest difference of the two nets' outputs on x and Ux, over their root mean square, if the second "
        "starts from the turned weights of the first. Green: no difference beyond rounding, whatever the "
        "draw. Orange: the laws of the outputs over initial weights differ, by a permutation test at error "
        "probability 0.0001; a gap along paths alone would not show that, and where no turn of the weights "
        "follows that of the images there is none. A black frame marks a cell that is not as theory has it. "
        "Gradient descent respects the subgroups of the architecture's own group, Adam only the signed "
        "permutations among them."
    ),
    experiments=("equivariance",),
    of_rows=content,
    draw=draw,
    table="quantities",
)

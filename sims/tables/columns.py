"""What the tables hold, column by column."""

import dataclasses
import typing
from typing import Any

from sims.pieces import added_fields

NEEDED: Any = object()
"""Default of a column without which a table cannot be read."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A column: its name, the type of its values (beside None, an empty field), and what they mean.

    default: of a column that came after tables were published, what the rows of a table without it hold. A
    table in which all rows hold it is written without the column, so that published ones keep their bytes.
    """

    name: str
    type: type
    meaning: str
    default: Any = NEEDED


CELL_COLUMNS = (
    Column("cell", str, "id of the cell"),
    Column("task", str, "name of the task"),
    Column("protocol", str, "lahoti, honest, tuned or direct"),
    Column("model", str, "fcn, lcn, cnn, linear, ..."),
    Column("activation", str, "lsa, relu_pair or relu; empty for models without the choice"),
    Column("bias", str, "trained or fixed; empty for models without the choice"),
    Column("width", int, "neurons of the FCN; empty for others"),
    Column("k", int, "patches"),
    Column("d", int, "coordinates a patch"),
    Column(
        "sigma",
        float,
        "standard deviation of the noise, per coordinate, for a signal of norm 1; empty if none",
    ),
    Column("task_options", str, "fields of the task that are not its defaults, but for k, d and sigma"),
    Column("learner", str, "gradient_descent, two_step, posterior, ..."),
    Column("options", str, "fields of the learner that are not its defaults; empty if all are"),
    Column("loss", str, "training loss; empty for learners without one"),
    Column("optimizer", str, "of gradient descent; empty for other learners"),
    Column("metric", str, "squared, zero_one or top_one: which risk is held against the target"),
    Column("floor", str, "what the target is counted from: oracle, linear, ..."),
    Column("floor_risk", float, "risk of the floor"),
    Column("target", float, "risk to reach"),
    Column("paired", bool, "whether samples are shared by cells of the task; not there if none are", False),
)

COLUMNS = (
    *CELL_COLUMNS,
    Column("n_low", float, "lower end of the cell's interval for n*, samples"),
    Column("n_best", float, "the cell's n*, samples; empty if beyond the search"),
    Column("n_high", float, "upper end of the interval, samples; empty if unbounded"),
    Column("n_method", str, "method and level of the interval"),
    Column("seed", int, "repetition"),
    Column("low", int, "largest n at which this seed fails; 0 if left-censored"),
    Column("high", int, "smallest n at which this seed succeeds; empty if right-censored"),
    Column("censored", str, "none, left (success at the smallest n) or right (failure at the largest)"),
    Column("monotone", bool, "whether every success of this seed lies above every failure"),
    Column("trainings", int, "training runs of this seed"),
    Column("steps", int, "steps of gradient descent of this seed, summed over evaluations"),
    Column("others", int, "the most samples of an evaluation that n does not count; not there if none", 0),
    Column(
        "last_step",
        int,
        "successes of this seed selected at the last step that training may take; empty for learners without "
        "steps, not there in tables of before",
        None,
    ),
)

SELECTED_COLUMNS = {
    "lr_w": Column("lr_w", float, "selected learning rate of the weights"),
    "lr_b": Column("lr_b", float, "selected learning rate of the bias"),
    "step": Column("step", int, "step at which the selected net was found"),
    "bias": Column("final_bias", float, "bias b of the selected net"),
    "alignment": Column(
        "alignment", float, "largest cosine of a filter with the signal of a patch, mean over patches"
    ),
    "alignment_median": Column("alignment_median", float, "the same, median over patches"),
    "alignment_least": Column("alignment_least", float, "the same, least over patches"),
    "disagreement": Column(
        "disagreement", float, "of a posterior's two samplers: mean squared difference of their outputs"
    ),
}
"""What single learners say of the net that they selected, by their name for it; empty for the others. These
columns are in everybody's table because published tables have them; what a new learner says gets none.
"""

EVALUATION_COLUMNS = (
    *CELL_COLUMNS,
    Column("seed", int, "repetition"),
    Column("n", int, "samples"),
    Column("risk", float, "risk of the selected net, in the metric"),
    Column("success", bool, "whether the risk is at or below the target"),
    Column("trainings", int, "training runs"),
    Column("steps", int, "steps of gradient descent"),
    *SELECTED_COLUMNS.values(),
    Column("others", int, "samples that the learner sees and n does not count; not there if none", 0),
)

READING_COLUMNS = (
    *CELL_COLUMNS,
    Column("reading", str, "what was read off the net: reliance, kernel_movement, ..."),
    Column("seed", int, "repetition"),
    Column("n", int, "samples"),
    Column("quantity", str, "name of the number"),
    Column("value", float, "the number; empty where the net has none"),
)

QUANTITY_COLUMNS = (
    Column("quantity", str, "what was measured"),
    Column("at", float, "abscissa, if the quantity is one point of a series"),
    Column("value", float, "what was found"),
    Column("error", float, "standard error of the value; empty if it is exact"),
    Column("predicted", float, "what theory says; empty if nothing"),
    Column("repetitions", int, "independent draws behind the value"),
)
"""The last columns of a table of quantities; before them come the fields of its probe."""


def quantity_columns(probe: type) -> tuple[Column, ...]:
    """The columns of a table of this probe's quantities: cell, probe, its fields, `QUANTITY_COLUMNS`."""
    hints, late = typing.get_type_hints(probe), added_fields(probe)
    fields = [
        Column(field.name, _plain_type(hints[field.name]), "field of the probe", late.get(field.name, NEEDED))
        for field in dataclasses.fields(probe)
        if field.name != "repetitions"  # as asked for: each quantity says how many it has
    ]
    first = (Column("cell", str, "id of the cell"), Column("probe", str, "name"))
    taken = {column.name for column in (*first, *QUANTITY_COLUMNS)} & {column.name for column in fields}
    if taken:
        raise TypeError(f"{probe.__name__}: the fields {sorted(taken)} have names of columns")
    return (*first, *fields, *QUANTITY_COLUMNS)


def _plain_type(hint: Any) -> type:
    """bool, int, float or str, of a field that is one of them or None."""
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not type(None)]
    if len(kinds) != 1 or kinds[0] not in (bool, int, float, str):
        raise TypeError(
            f"{hint}: a probe's field is a bool, an int, a float or a str, or one of these or None"
        )
    return kinds[0]

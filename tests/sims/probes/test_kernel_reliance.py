"""Kernel regression on two latents: the limit of small classes, and the linear kernel as LDA."""

import pytest

from sims.pieces.errors import InputError
from sims.probes.shortcut.kernel_reliance import KernelReliance

SMALL = {"rho_s": 0.85, "train": 120, "validation": 100, "side": 20, "seeds": 3}


def measured(**options):
    return {one.name: one for one in KernelReliance(**(SMALL | options)).measure(5)}


@pytest.mark.parametrize("kernel", ["linear", "quadratic", "arc_cosine", "ntk"])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_small_classes_are_decided_as_two_points(kernel, ratio):
    """The boundary of the closed form crosses 20 x 20 probes: within one of 20 columns."""
    found = measured(kernel=kernel, ratio=ratio, spread=1e-3, ridge=1.0)["reliance_signed"]
    assert found.value == pytest.approx(found.predicted, abs=2 / 20)


@pytest.mark.parametrize("ratio", [0.1, 1.0, 10.0])
def test_the_linear_kernel_without_ridge_is_lda(ratio):
    found = measured(kernel="linear", ratio=ratio, ridge=0.0)
    # The offset of LDA, which the kernel lacks, moves a few probes.
    assert abs(found["bias_signed"].value) < 0.1
    assert "leading_term" not in found


def test_theory_stands_beside_the_measurement():
    above, below = (measured(kernel="ntk", ratio=ratio) for ratio in (4.0, 0.25))
    assert above["leading_term"].value > 0 > below["leading_term"].value
    assert above["order"].value == 3
    assert {"ridge", "accuracy", "bias_absolute"} <= set(above)
    assert above["accuracy"].value > 0.8
    assert above == measured(kernel="ntk", ratio=4.0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("kernel", "cubic"), ("spread", 0.0), ("ridge", -1.0), ("train", 1), ("seeds", 1), ("rho_s", 0.5)],
)
def test_bad_fields_are_named(field, value):
    with pytest.raises(InputError) as caught:
        KernelReliance(**({"kernel": "ntk", "ratio": 1.0} | SMALL | {field: value}))
    assert caught.value.option == field

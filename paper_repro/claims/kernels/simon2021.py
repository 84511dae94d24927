"""Simon, Dickens, Karkada and DeWeese 2021: the learning curve of a kernel follows from its spectrum."""

from paper_repro.claims.claim import Claim, Paper
from paper_repro.rules.predictions import AgreesWithPrediction

PAPER = Paper(
    id="simon2021",
    authors="Simon, Dickens, Karkada and DeWeese 2021",
    title="The Eigenlearning Framework: A Conservation Law Perspective on Kernel Ridge Regression and Wide "
    "Neural Networks",
    source="arXiv 2110.03922",
)

_TASKS = {
    "dsd": (
        "on DSD",
        "The labels of DSD are random given the image: what no kernel can learn enters as noise.",
    ),
    "own_process": (
        "on a teacher drawn from the kernel's own Gaussian process",
        "Images of standard normal coordinates, labels without noise, ridgeless.",
    ),
    "patch_process": (
        "on a teacher drawn from the Gaussian process of an infinitely wide locally connected net of two "
        "hidden layers, whatever the kernel",
        "Images of standard normal coordinates, labels without noise, ridgeless. The CNN kernel can learn "
        "the part of the teacher that all patches share, the ReLU kernel of one layer no odd part but the "
        "linear: what is left acts as noise.",
    ),
}

CLAIMS = tuple(
    Claim(
        paper=PAPER,
        id=f"curves-{task.replace('_', '-')}",
        section="abstract",
        quote="simple closed-form estimates for the test risk",
        kind="check",
        statement="The spectrum of a kernel predicts the test error of regression with it to 10 %, where at "
        f"least 20 eigenfunctions are learnt: {words}.",
        rule=AgreesWithPrediction(quantity="test_mse", where={"task": task}, relative=0.1),
        experiment="kernel-learning-curves",
        figures=("kernel-learning-curves",),
        caveat=f"The 10 % are the suite's. {detail} The spectrum is seen through Gram matrices of finite "
        "size and corrected for it, see docs/kernels-dsd.md; the errors of both sides enter the test.",
    )
    for task, (words, detail) in _TASKS.items()
)

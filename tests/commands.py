"""Command lines at random over everything that is registered, and what none of them may do.

    python -m tests.commands --calls 2000 --seed 1

calls ``nstar`` so many times in this process. No call may end in a traceback, a warning or a word on standard
error that is not its own; it gives a result or one line, and the exit status 0, 1 or 2.
"""

import argparse
import contextlib
import dataclasses
import faulthandler
import json
import os
import random
import re
import shlex
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from figures.catalogue import FIGURES
from sims.cli.bias import PROBES
from sims.experiments import EXPERIMENTS, PRESETS, Setting
from sims.pieces import build, registered
from sims.pieces.errors import InputError
from sims.pieces.registry import _hints, _kind_of
from sims.protocols import PROTOCOLS
from tests.called import call
from tests.sims.tasks.test_image_folder import make_folder

SMALL: dict[str, Sequence[Any]] = {
    "d": (2, 4, 4, 4),
    "steps": (20,),
    "eval_every": (10,),
    "patience": (20,),
    "size": (8,),
    "footprint": (4,),
    "test_size": (40,),
    "unlabelled": (20, 40),
    "channels": (2, 4),
    "width": (4,),
    "batch": (4,),
    "blocks": (1,),
    "depth": (1, 2),
    "rho_s": (0.6, 0.78, 0.85, 0.9),
    "rho_c": (0.7, 0.9),
    "train": (64,),
    "validation": (40,),
    "epochs": (1, 2),
    "seeds": (2,),
    "stages": (1,),
    "rates": (1, 1, 3),
    "side": (4,),
    "probes": (16,),
    "chains": (2, 4),
    "lr_w": ([0.1], [0.01, 1.0], [1e29]),
    "init_std": (0.001, 0.3, 1.0, 1e20),
    "digest": ("", "0"),
}
"""Values that a field may have where those of its type are too large, or mostly refused."""
BAD = [
    *("-1", "0", "nan", "inf", "-Infinity", "1e400", "1e9", "9" * 22, "9" * 400, "2.5", "x", "", "null"),
    *("[]", "{}", "[[1]]", "[null]", "true", '"1"', "[" * 40, "0x10", "1_000", "é", "--k", "a b\nc"),
]
FLOORS = ("zero", "bayes", "linear", "oracle", "core", "ground_truth")
DESCENTS = ("gradient_descent", "scaled_gradient_descent")
OWN, DATA = ("arrays", "generator"), "data.npz"
IMAGES = ("digits", "footprint", "image_folder")
QUICK = ("packings", "shortcut-theory", "divergence", "bounds", "width", "one-patch", "textures", "sweeps")
"""Experiments of which a first cell, made small, takes a second."""


def half_space(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples as a user's own function gives them: X (n, 3) and y (n,)."""
    x = rng.normal(size=(n, 3))
    return x, x[:, 0] > 0


class LeastSquares:
    """An estimator of a user's own that takes inputs and labels of all shapes."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> None:
        self.w = np.linalg.lstsq(x.reshape(len(x), -1), y)[0]

    def predict(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), -1) @ self.w


class Draw:
    """Command lines from a seed. store: a folder of results; images: a folder of images with a table."""

    def __init__(self, seed: int, store: Path, images: Path, *, bad: float = 0.08) -> None:
        self.rng = random.Random(seed)
        self.store, self.images, self.bad = store, images, bad

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def command(self, kinds: dict[str, float]) -> list[str]:
        """One command line; kinds: weights of the commands."""
        (kind,) = self.rng.choices(list(kinds), list(kinds.values()))
        argv = [kind, *getattr(self, f"of_{kind}")()]
        return [self.rng.choice(BAD) if self.chance(0.003) else word for word in argv]

    def of_measure(self) -> list[str]:
        pick, sound = self.rng.choice, self.chance(0.65)
        task, model = pick([*registered("task")]), pick([*registered("model")])
        if model == "resnet" and self.chance(0.7):
            model = "cnn"  # that one takes half a minute to compile
        sizes = {field.name: field for field in dataclasses.fields(registered("task")[task])}
        if sound and model == "resnet" and task == "sign_of_quadratics":
            model = "quadratic_cnn"  # two halves are no square
        learners = [
            name for name in registered("learner") if not sound or _suits(name, model, "sigma" in sizes)
        ]
        learner = pick(learners) if self.chance(0.6) else None
        floors, criteria = [*FLOORS], [*registered("criterion")]
        if sound:
            floors = _words("task", task, "floor")
            narrow = {"oracle", "linear"} & {*floors}
            criteria = ["risk_level", *([] if "core" not in floors else ["core_error"])]
            criteria += ["validation_selection", "test_selection"] * bool(narrow)
        protocol = pick([*PROTOCOLS]) if self.chance(0.5) else None
        criterion = pick(criteria) if self.chance(0.6) or sound else None
        if sound and criterion in ("validation_selection", "test_selection"):
            floors = sorted(narrow)
        argv = [task, "--model", model, "--reps", pick("112"), "--n-max", "20"]
        shapes = {
            "k": (4, 9) if model == "resnet" else (4, 4, 9),
            "d": SMALL["d"],
            "sigma": (0.1, 0.15, 0.5),
        }
        if sound:
            shapes |= {"textures": {"k": (9,), "d": (1,)}}.get(task, {})
            shapes |= {"k": (2,)} if "quadratic" in task else {}
        for name, values in shapes.items():
            if self.chance(0.97 if name in sizes else 0.0 if sound else 0.2):
                argv += [f"--{name}", self.text(pick(values))]
        argv += ["--learner", learner] if learner else []
        argv += ["--criterion", criterion] if criterion else []
        argv += ["--protocol", protocol] if protocol else []
        argv += ["--floor", pick(floors)] if sound or self.chance(0.5) else []
        given = {"--metric": ("squared", "zero_one"), "--tolerance": (0.1, 0.5, 2)}
        for name, values in given.items():
            if self.chance(0.2) and (not sound or (name != "--metric" or criterion == "risk_level")):
                argv += [name, self.text(pick(values))]
        for name in ("activation", "bias", "width"):
            argv += [f"--{name}", self.text(pick(("lsa", "fixed", 2)))] if self.chance(0.02) else []
        for kind, name in (("task", task), ("model", model), ("learner", learner), ("criterion", criterion)):
            flags = ("k", "d", "sigma", *(("floor", "metric", "tolerance") if sound else ()))
            fields = {} if name is None else self.fields(kind, name, but=flags)
            fields |= {"size": 16 if task == "footprint" else 8} if kind == "task" and task in IMAGES else {}
            fields |= {"footprint": 4} if kind == "task" and task == "footprint" else {}
            fields |= {"channels": [2], "blocks": 1} if kind == "model" and model == "resnet" else {}
            fields |= {"test_size": self.rng.choice(SMALL["test_size"])} if kind == "criterion" else {}
            if kind == "learner" and learner == "distilled":
                fields |= {"student": {"name": "gradient_descent", "steps": 20}}
            trains = learner in DESCENTS or (learner is None and protocol != "direct")
            if kind == "learner" and trains:
                fields = {"steps": 20, **fields} | ({"batch": 4} if model == "resnet" else {})
            for field, value in fields.items():
                argv += [f"--{kind}-option", f"{field}={self.text(value)}"]
        return argv + ["--json"] * self.chance(0.5) + ["--workers", "1"] * self.chance(0.2)

    def fields(self, kind: str, name: str, *, but: Sequence[str] = ()) -> dict[str, Any]:
        """Some of a piece's fields, and most of those that it requires."""
        cls = registered(kind)[name]
        found = {}
        for field in dataclasses.fields(cls):
            needed = field.default is dataclasses.MISSING
            large = isinstance(field.default, int) and field.default > 50
            costly = large or (kind == "probe" and field.name in SMALL and field.name != "size")
            needed |= (kind == "probe" and field.name == "size") or field.name == "file"
            if field.name not in but and self.chance(0.97 if needed or costly else 0.25):
                found[field.name] = self.value(kind, name, field.name)
        return found

    def value(self, kind: str, name: str, field: str) -> Any:
        hint = _hints(registered(kind)[name])[field]
        words = {"folder": (str(self.images), "/nowhere"), "layout": ("waterbirds", "celeba")}
        own = f"tests.commands:{'LeastSquares' if kind == 'learner' else 'half_space'}"
        words |= {"of": (own, "nowhere:Class"), "file": (str(self.images.parent / DATA), "none.npz")}
        words |= {"parameters": ("", '{"C": 2}'), "code": ("", "0123")}
        if field in words:
            return self.rng.choices(words[field], (9, 1))[0]
        if (held := _kind_of(hint)) is not None:
            return self.rng.choice([None, *registered(held)])
        number = "tuple" not in str(hint)
        if field in SMALL and number == (not isinstance(SMALL[field][0], list)):
            return self.rng.choice(SMALL[field])
        if "str" in str(hint):
            return self.rng.choice(_words(kind, name, field))
        if hint is bool:
            return self.rng.choice((True, False))
        options = (1, 2, 3, 4) if "int" in str(hint) else (0.1, 0.3, 0.5, 0.7, 0.9, 0.9, 0.0, 2.0)
        if not number:
            return self.rng.sample(options, self.rng.choice((1, 1, 2)))
        return None if "None" in str(hint) and self.chance(0.2) else self.rng.choice(options)

    def text(self, value: Any) -> str:
        """A value as it is typed, now and then a bad one."""
        if self.chance(self.bad / 4):
            return self.rng.choice(BAD)
        return value if isinstance(value, str) else json.dumps(value)

    def of_bias(self) -> list[str]:
        task = self.rng.choice([*PROBES])
        probe, model = PROBES[task]
        argv = [task, *(("--model", model) if self.chance(0.3) else ())]
        for field, value in self.fields("probe", probe).items():
            if field == "colour":
                argv += ["--grey"] * (not value)
            elif value is not None:
                argv += [f"--{field.replace('_', '-')}", self.text(value)]
        return argv + ["--json"] * self.chance(0.5)

    def source(self, *, published: bool = True) -> list[str]:
        if published and self.chance(0.4):
            return ["--published", "--preset", self.rng.choice(("paper", "paper", "quick"))]
        chosen = ["--preset", self.rng.choice(PRESETS)] if self.chance(0.3) else []
        return [*chosen, "--store", self.text(str(self.store))]

    def of_list(self) -> list[str]:
        return ["--json"] * self.chance(0.5) + ["--help"] * self.chance(0.1)

    def of_status(self) -> list[str]:
        named = [self.rng.choice([*EXPERIMENTS, "all"])] if self.chance(0.7) else []
        return [*named, *self.source(published=False), *["--json"] * self.chance(0.5)]

    def of_fit(self) -> list[str]:
        resampled = ["--bootstrap", self.text(100)] if self.chance(0.1) else []
        named = self.rng.choice([*EXPERIMENTS])
        return [named, *self.source(), *resampled, *["--json"] * self.chance(0.5)]

    def of_run(self) -> list[str]:
        named = [self.text(self.rng.choice(QUICK)), "--preset", self.rng.choice(PRESETS)]
        more = ["--protocol", self.rng.choice([*PROTOCOLS])] if self.chance(0.2) else []
        more += ["--workers", self.text(1)] if self.chance(0.3) else []
        more += ["--dry-run", *["--json"] * self.chance(0.5)] if self.chance(0.2) else []
        return [*named, "--store", str(self.store), *more]

    def of_figures(self) -> list[str]:
        return [
            self.text(self.rng.choice([*FIGURES])),
            *self.source(),
            "--out",
            str(self.store.parent / "out"),
        ]

    def of_report(self) -> list[str]:
        out = ["--json"] if self.chance(0.5) else ["--out", str(self.store.parent / "report.html")]
        return [*self.source(), *out]

    def of_verify(self) -> list[str]:
        return ["--sample", self.text(1), "--seed", self.text(self.rng.randrange(1000))]


def _suits(learner: str, model: str, noise: bool) -> bool:
    """Whether a learner takes a model, on a task with or without noise."""
    takes = {
        "channel_regression": ("cnn",),
        "kernel_regression": ("fcn", "lcn", "cnn"),
        "stax_regression": ("lcn", "cnn"),
        "posterior": ("fcn", "lcn", "cnn") if noise else (),
        "distilled": ("fcn", "lcn", "cnn") if noise else (),
        "two_step": () if model == "resnet" else (model,),
        "estimator": ("none",),
    }
    if model == "none":
        return learner == "estimator"
    return model in takes.get(learner, (model,))


def _words(kind: str, name: str, field: str) -> list[str]:
    """Values of a field that takes words, as its piece lists them when it refuses one."""
    required = {"k": 8, "d": 4, "sigma": 0.1, "rho_s": 0.8, "rho": 0.8, "ratio": 1.0}
    required |= {"d": 1} if name == "textures" else {"k": 2} if "quadratic" in name else {}
    fields = {one.name for one in dataclasses.fields(registered(kind)[name])}
    given = {key: value for key, value in required.items() if key in fields}
    if name in OWN and field == "floor":
        return ["zero"]
    if name == "image_folder" or (kind, field) == ("criterion", "floor"):
        return [*FLOORS] if kind == "criterion" else {"floor": ["bayes", "zero"]}.get(field, ["place", "y"])
    try:
        piece = build(kind, {"name": name, **given, **({} if field == "floor" else {field: "?"})})
        piece.floor("?")
    except InputError as error:
        if error.option == field:
            return [word for word in re.split(r"[,;] ", error.allowed) if " " not in word] or ["?"]
    return ["?"]


def _small(setting: Any) -> Any:
    """A setting that takes a moment: one seed, few samples, few steps."""
    if not isinstance(setting, Setting):
        return setting
    name = setting.learner.get("name", "two_step" if setting.protocol == "direct" else DESCENTS[0])
    learner = {**setting.learner, **({"steps": 20} if name in DESCENTS else {})}
    ns = None if setting.ns is None else setting.ns[:1]
    return dataclasses.replace(setting, seeds=(0,), n_max=20, ns=ns, learner=learner)


@contextlib.contextmanager
def small_experiments() -> Iterator[None]:
    """Every experiment cut down to its first cells, made small."""
    before = dict(EXPERIMENTS)
    for name, experiment in before.items():
        few = lambda preset, make=experiment.make: [_small(one) for one in make(preset)[:2]]  # noqa: E731
        EXPERIMENTS[name] = dataclasses.replace(experiment, make=few)
    try:
        yield
    finally:
        EXPERIMENTS.update(before)


KINDS = {
    "measure": 100.0,
    "bias": 14.0,
    "list": 2,
    "status": 4,
    "fit": 6,
    "run": 3,
    "figures": 4,
    "report": 1,
}
"""Weights of the commands; ``verify`` takes minutes, and is drawn where it is asked for."""


@contextlib.contextmanager
def drawing(folder: Path) -> Iterator[Callable[..., list[str]]]:
    """A function of a seed and weights that draws a command line, while every experiment is small.

    folder: an empty one, for a store, images and what is drawn.
    """
    (folder / "store").mkdir()
    images = make_folder(folder / "images", "waterbirds")
    rng = np.random.default_rng(0)
    np.savez(folder / DATA, **dict(zip("Xy", half_space(rng, 200), strict=True)))
    with small_experiments():
        yield lambda seed, kinds=KINDS: Draw(seed, folder / "store", images).command(kinds)


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first call")
    parser.add_argument("--verify", type=float, default=0.0, help="weight of verify (measure has 100)")
    parser.add_argument("--seconds", type=float, default=120.0, help="the most that a call may take")
    args = parser.parse_args()
    kinds = {**KINDS, "verify": args.verify}
    statuses, slow, bad = Counter(), [], 0
    with tempfile.TemporaryDirectory() as folder, drawing(Path(folder)) as draw:
        os.chdir(folder)  # where what is written by default goes
        for index in range(args.first, args.calls):
            argv = draw(10_000 * args.seed + index, kinds)
            text = f"{index}: nstar {shlex.join(argv)}"
            print(text, file=sys.stderr, flush=True)
            faulthandler.dump_traceback_later(args.seconds, exit=True)
            start = time.perf_counter()
            one = call(argv)
            slow.append((time.perf_counter() - start, text))
            faulthandler.cancel_dump_traceback_later()
            statuses[argv[0], one.status] += 1
            if one.complaint:
                bad += 1
                print(f"{text}\n    {one.complaint}\n", flush=True)
            if index % 50 == 49:
                jax.clear_caches()
                print(f"{index + 1} calls, {bad} amiss", flush=True)
    for (command, status), count in sorted(statuses.items(), key=str):
        print(f"{command}: status {status}: {count}")
    for took, text in sorted(slow, reverse=True)[:10]:
        print(f"{took:.1f} s: {text}")
    print(f"{args.calls - args.first} calls, {bad} amiss")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(_main())

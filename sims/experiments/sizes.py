"""How large every experiment is at every preset: all the numbers in one place.

quick: all experiments together in a few minutes on two cores, wide intervals. paper: the sizes of Lahoti et
al. 2024 where it has them. full: beyond the paper, for larger machines.
"""

OF_THE_PAPER = ("lahoti", "honest")
"""Protocols of the nets trained over a grid of rates; "direct" is for learners that select nothing."""
PROTOCOLS = (*OF_THE_PAPER, "direct")

SEEDS = {"quick": (0, 1, 2), "paper": (0, 1, 2, 3, 4), "full": tuple(range(10))}


def seeds_of(model: str, preset: str) -> tuple[int, ...]:
    """Seeds of a trained net: fully connected ones, the costliest, have two at quick."""
    return SEEDS[preset][:2] if preset == "quick" and "fcn" in model else SEEDS[preset]


# Lahoti et al. end the search at 1000 samples; the honest protocol holds a fifth of its samples out.
N_MAX = {"lahoti": 1000, "honest": 2000}

# (a) n* against k at fixed d, and against d at fixed k. out_of_reach: where the linear model is also measured
# against the floor of the nets.
SWEEPS = {
    "quick": {
        "sigma": 0.1,
        "k": (8, 12, 20),
        "at_d": 12,
        "d": (7, 12, 20),
        "at_k": 12,
        "out_of_reach": ("lahoti",),
    },
    "paper": {
        "sigma": 0.1,
        "k": (10, 15, 20, 25, 30),
        "at_d": 20,
        "d": (10, 15, 20, 25, 30),
        "at_k": 20,
        "out_of_reach": OF_THE_PAPER,
    },
    "full": {
        "sigma": 0.1,
        "k": (8, 16, 32, 64),
        "at_d": 20,
        "d": (8, 16, 32, 64),
        "at_k": 20,
        "out_of_reach": OF_THE_PAPER,
    },
}

# (b) small enough for the fully connected net, which needs about k^2 d samples; large enough that no linear
# predictor reaches the target (a test holds every net to that: on few patches or at little noise n* would be
# that of learning a linear map).
ARCHITECTURES = {
    "quick": {"sigma": 0.15, "k": (5, 6, 7, 8), "at_d": 8, "d": (5, 8, 12), "at_k": 5, "n_max": 4000},
    "paper": {
        "sigma": 0.15,
        "k": (5, 6, 8, 10),
        "at_d": 10,
        "d": (6, 10, 16),
        "at_k": 6,
        "n_max": 8000,
    },
    "full": {
        "sigma": 0.15,
        "k": (6, 8, 12, 16, 24, 32),
        "at_d": 10,
        "d": (6, 10, 16, 24, 32),
        "at_k": 8,
        "n_max": 32000,
    },
}

# (c) n* against sigma at fixed k = d.
SIGMA = {
    "quick": {"size": 10, "sigma": (0.08, 0.12, 0.18, 0.27), "n_max": 4000},
    "paper": {"size": 16, "sigma": (0.06, 0.09, 0.13, 0.19, 0.28), "n_max": 8000},
    "full": {"size": 32, "sigma": (0.05, 0.075, 0.1, 0.15, 0.2, 0.3), "n_max": 16000},
}

# (d) sigma fixed at sigma_0 against sigma_0 sqrt(k_0 / k): equal at k = k_0.
SIGMA_SCALING = {
    "quick": {"k": (8, 12, 20), "d": 10, "sigma_0": 0.1, "k_0": 12, "n_max": 2000},
    "paper": {"k": (10, 15, 20, 25, 30), "d": 20, "sigma_0": 0.1, "k_0": 20, "n_max": 2000},
    "full": {"k": (8, 16, 32, 64), "d": 20, "sigma_0": 0.1, "k_0": 20, "n_max": 8000},
}

# (e) LSA against its ReLU relatives.
ACTIVATIONS = {
    "quick": {"k": (8, 12), "d": 8, "sigma": 0.1, "n_max": 2000},
    "paper": {"k": (8, 12, 16, 20), "d": 20, "sigma": 0.1, "n_max": 4000},
    "full": {"k": (8, 16, 32, 64), "d": 20, "sigma": 0.1, "n_max": 16000},
}

# (f) width of the fully connected net, as multiples of k.
WIDTH = {
    "quick": {"k": 6, "d": 8, "sigma": 0.15, "multiples": (0.5, 1, 4), "n_max": 4000},
    "paper": {"k": 6, "d": 10, "sigma": 0.15, "multiples": (0.5, 1, 2, 4), "n_max": 8000},
    "full": {"k": 8, "d": 16, "sigma": 0.15, "multiples": (0.5, 1, 2, 4, 8), "n_max": 16000},
}

# Filters of norm at most 1, the class of the theorems, against free ones: sizes (k, d) of each net.
UNIT_NORM = {
    "quick": {"sigma": 0.15, "places": {"lcn": ((6, 8),), "cnn": ((6, 8),)}, "n_max": 4000},
    "paper": {
        "sigma": 0.15,
        "places": {
            "fcn": ((6, 10),),
            "lcn": ((6, 10), (10, 10), (10, 20)),
            "cnn": ((6, 10), (10, 10), (10, 20)),
        },
        "n_max": 8000,
    },
    "full": {
        "sigma": 0.15,
        "places": {
            "fcn": ((6, 10), (10, 10)),
            "lcn": ((6, 10), (10, 10), (10, 20), (20, 20)),
            "cnn": ((6, 10), (10, 10), (10, 20), (20, 20)),
        },
        "n_max": 16000,
    },
}

# (g) one patch: the three architectures coincide (with one neuron in the fully connected net).
ONE_PATCH = {
    "quick": {"d": (10, 20, 40), "sigma": 0.5, "n_max": 2000},
    "paper": {"d": (10, 20, 40, 80), "sigma": 0.5, "n_max": 2000},
    "full": {"d": (10, 20, 40, 80, 160), "sigma": 0.5, "n_max": 4000},
}

# Learning curves: risk at each n.
CURVES = {
    "quick": {"k": 6, "d": 8, "sigma": 0.15, "ns": (10, 20, 40, 80, 160, 320, 640, 1280)},
    "paper": {
        "k": 6,
        "d": 10,
        "sigma": 0.15,
        "ns": (5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 480, 640, 960, 1280, 1920),
    },
    "full": {
        "k": 8,
        "d": 16,
        "sigma": 0.15,
        "ns": (5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240),
    },
}

# Test error under the paper's protocol, every pair of k and d (Lahoti et al. 2024, appendix "Experiments",
# "Test Error Experiments"). full: also where the paper's line for the FCN is extrapolated to.
TEST_ERROR = {
    "quick": {"k": (8, 12), "d": (8,), "sigma": 0.1, "ns": (10, 50, 250)},
    "paper": {"k": (10, 20), "d": (10, 20), "sigma": 0.1, "ns": (10, 50, 100, 250, 500)},
    "full": {
        "k": (10, 20),
        "d": (10, 20),
        "sigma": 0.1,
        "ns": (10, 15, 25, 50, 100, 250, 500, 1000, 2500, 5000),
    },
}

# Oracle mean estimators: squared error on n samples, k, d and sigma each varied alone about (8, 8, 0.2).
ORACLES = {
    "quick": {
        "k": (4, 8, 16),
        "d": (4, 8, 16),
        "sigma": (0.1, 0.2, 0.4),
        "n": 1600,
        "repetitions": {"fcn": 10, "lcn": 100, "cnn": 400},
    },
    "paper": {
        "k": (4, 8, 16, 32),
        "d": (4, 8, 16, 32),
        "sigma": (0.1, 0.2, 0.4, 0.8),
        "n": 1600,
        "repetitions": {"fcn": 30, "lcn": 300, "cnn": 1500},
    },
    "full": {
        "k": (4, 8, 16, 32, 64),
        "d": (4, 8, 16, 32),
        "sigma": (0.1, 0.2, 0.4, 0.8),
        "n": 6400,
        "repetitions": {"fcn": 100, "lcn": 1000, "cnn": 5000},
    },
}

# Equivariance: architectures x optimizers x groups (None for all), at the probe's own sizes.
EQUIVARIANCE = {
    "quick": {
        "optimizer": ("sgd", "adam"),
        "group": ("orthogonal", "patchwise_orthogonal", "shared_signed_permutations"),
        "matrices": 1,
    },
    "paper": {"optimizer": ("sgd", "momentum", "adam", "two_step"), "group": None, "matrices": 2},
    "full": {"optimizer": ("sgd", "momentum", "adam", "two_step"), "group": None, "matrices": 3},
}

# The least n* that any learner equivariant under the group of an architecture can have: at the noise and the
# target of the nets, and at more noise towards the Bayes risk, where signals are hard to tell and not only
# patches to see. "chains" are states of the sampler under the FCN's prior.
LIMITS = {
    "quick": {
        "d": 8,
        "n_max": 400,
        "test_size": 2000,
        "parts": ({"sigma": 0.15, "floor": "oracle", "k": (5, 8), "fcn_k": (5,), "chains": 16},),
        "fcn_seeds": (0, 1),
    },
    "paper": {
        "d": 10,
        "n_max": 2000,
        "test_size": 10_000,
        "parts": (
            {"sigma": 0.15, "floor": "oracle", "k": (5, 6, 8, 10), "fcn_k": (5, 6, 8, 10), "chains": 32},
            {"sigma": 0.3, "floor": "bayes", "k": (4, 6, 8), "fcn_k": (4, 6, 8), "chains": 64},
        ),
        "fcn_seeds": (0, 1, 2),
    },
    "full": {
        "d": 10,
        "n_max": 8000,
        "test_size": 10_000,
        "parts": (
            {"sigma": 0.15, "floor": "oracle", "k": (5, 6, 8, 10, 16), "fcn_k": (5, 6, 8, 10), "chains": 64},
            {"sigma": 0.3, "floor": "bayes", "k": (4, 6, 8, 12), "fcn_k": (4, 6, 8), "chains": 128},
        ),
        "fcn_seeds": tuple(range(10)),
    },
}

# The CNN over a grid in both sizes at one noise: does n* grow as d or as k + d? The target of every cell asks
# for the alignment `cosine`; at 0.85 it would lie below the floor from k = 12 on.
CNN_GROWTH = {
    "quick": {"k": (6, 16), "d": (6, 16), "sigma": 0.15, "cosine": 0.8, "n_max": 300},
    "paper": {"k": (6, 12, 24, 40), "d": (6, 12, 24, 40), "sigma": 0.15, "cosine": 0.8, "n_max": 400},
    "full": {"k": (6, 12, 24, 48), "d": (6, 12, 24, 48), "sigma": 0.15, "cosine": 0.8, "n_max": 400},
}

# The final bias of the FCN, which FCN-low wants to be at least 0.01: trained, clamped to nearly 0, and
# clamped above 0.01.
FINAL_BIAS = {
    "quick": {"k": (5,), "d": 8, "sigma": 0.15, "clamped": (1e-4, 0.3), "n_max": 4000},
    "paper": {"k": (5, 6, 8), "d": 10, "sigma": 0.15, "clamped": (1e-4, 0.2, 0.3, 0.4), "n_max": 8000},
    "full": {"k": (5, 6, 8, 10), "d": 10, "sigma": 0.15, "clamped": (1e-4, 0.2, 0.3, 0.4), "n_max": 16000},
}

# Divergence of two turned static tasks, by Monte Carlo.
DIVERGENCE = {
    "quick": {"shape": ((4, 5),), "sigma": (0.2, 1.0), "degrees": (20.0, 90.0, 180.0)},
    "paper": {"shape": ((4, 5), (8, 16)), "sigma": (0.1, 0.3, 1.0), "degrees": (10.0, 45.0, 90.0, 180.0)},
    "full": {
        "shape": ((4, 5), (32, 32)),
        "sigma": (0.1, 0.3, 1.0, 3.0),
        "degrees": (10.0, 45.0, 90.0, 180.0),
    },
}

# Packings of the sphere of R^N with inner products at most c.
PACKINGS = {
    "quick": {"dimension": (10, 40), "inner_product": (0.3, 0.5)},
    "paper": {"dimension": (10, 20, 40, 80, 160), "inner_product": (0.001, 0.1, 0.3, 0.5, 0.7)},
    "full": {"dimension": (10, 20, 40, 80, 160, 320), "inner_product": (0.001, 0.1, 0.3, 0.5, 0.7)},
}

# Two-step gradient descent, sigma = 1/sqrt(k), which is 100 ln(kd)^1.5 times the noise of the upper bounds:
# as published, and with the correlation loss and a bias_1 of a few sigma, which thresholds (of the FCN along
# k alone, and not at quick: it is out of reach). "both": sizes k = d of LCN and CNN, which tell growth with
# k and d together.
TWO_STEP = {
    "quick": {"k": (8, 16, 32), "at_d": 8, "d": (8, 16, 32), "at_k": 8, "both": (), "n_max": 4000},
    "paper": {
        "k": (10, 14, 20, 28, 40),
        "at_d": 20,
        "d": (10, 14, 20, 28, 40),
        "at_k": 20,
        "both": (10, 14, 20, 28, 40),
        "n_max": 10_000,
    },
    "full": {
        "k": (8, 16, 32, 64),
        "at_d": 20,
        "d": (8, 16, 32, 64),
        "at_k": 20,
        "both": (8, 16, 32, 64),
        "n_max": 32_000,
    },
}
BIAS_IN_SIGMA = 3
TWO_STEP_SEEDS = {"quick": (0, 1, 2), "paper": tuple(range(8)), "full": tuple(range(16))}

# The two steps at the noise and the patch length of the upper bounds' proofs, d = 400 ln k.
TWO_STEP_THEOREM = {
    "quick": {"k": (3,), "test_size": 500},
    "paper": {"k": (6, 8, 10), "test_size": 1000},
    "full": {"k": (6, 8, 10, 16), "test_size": 1000},
}
TWO_STEP_CNN_N_MAX = 40

# From that noise to sigma = 1/sqrt(k), at sigma sqrt(k) of "scales": at the proofs' smallest patch and at the
# size of the other experiments. n: samples tried at sigma = 1/sqrt(k), with either loss. numbers: coordinates
# drawn for one point, which set its repetitions, between the two of "repetitions".
TWO_STEP_ROAD = {
    "quick": {
        "sizes": ((4, 60),),
        "scales": (0.03, 0.3, 1.0),
        "losses_at": (4, 60),
        "n": (1000,),
        "numbers": 1e7,
        "repetitions": (4, 100),
    },
    "paper": {
        "sizes": ((8, 832), (20, 20)),
        "scales": (0.003, 0.01, 0.02, 0.035, 0.06, 0.1, 0.17, 0.3, 0.5, 0.7, 1.0),
        "losses_at": (20, 20),
        "n": (1000, 10_000, 100_000),
        "numbers": 4e8,
        "repetitions": (12, 1600),
    },
    "full": {
        "sizes": ((8, 832), (20, 20), (40, 40)),
        "scales": (0.003, 0.01, 0.02, 0.035, 0.06, 0.1, 0.13, 0.17, 0.22, 0.3, 0.5, 0.7, 1.0),
        "losses_at": (20, 20),
        "n": (1000, 10_000, 100_000),
        "numbers": 2e9,
        "repetitions": (24, 3200),
    },
}

# What each constant of the two steps does, changed one at a time from bias_1 = 3 sigma, sigma = 1/sqrt(k).
TWO_STEP_SENSITIVITY = {
    "quick": {"k": 20, "d": 20, "models": ("lcn",), "changes": 7, "n_max": 6000},
    "paper": {"k": 20, "d": 20, "models": ("lcn", "cnn"), "changes": None, "n_max": 6000},
    "full": {"k": 40, "d": 40, "models": ("lcn", "cnn"), "changes": None, "n_max": 32_000},
}

# Alignment after each step beside its prediction: n = ratio k samples in both steps together. "corners" are
# sizes at which other noise and the FCN are tried; at the last of them, what is beyond prediction (LCN).
ALIGNMENT = {
    "quick": {
        "k": (4, 8),
        "d": (5, 20),
        "ratio": (20, 80),
        "sigma": 0.3,
        "bias_1": 0.5,
        "corners": {"k": (8,), "d": (20,), "ratio": (40,)},
        "sigmas": (0.15, 0.6),
    },
    "paper": {
        "k": (2, 4, 6, 8, 10),
        "d": (5, 10, 20),
        "ratio": (20, 40, 60, 80, 120),
        "sigma": 0.3,
        "bias_1": 0.5,
        "corners": {"k": (4, 10), "d": (5, 20), "ratio": (40, 120)},
        "sigmas": (0.15, 0.6),
    },
    "full": {
        "k": (2, 4, 8, 16, 32),
        "d": (5, 10, 20, 40),
        "ratio": (20, 40, 80, 160, 320),
        "sigma": 0.3,
        "bias_1": 0.5,
        "corners": {"k": (4, 8, 16), "d": (5, 20), "ratio": (40, 160)},
        "sigmas": (0.1, 0.2, 0.6),
    },
}
BEYOND_PREDICTION = (
    {"samples": "shared"},
    {"loss": "logistic"},
    {"loss": "squared"},
    {"loss": "logistic", "bias_1": 0.05},
    {"loss": "squared", "bias_1": 0.05},
)

# Sign of a difference of quadratic forms (Li, Zhang, Arora 2021) and its regression (after Wang, Wu 2023).
QUADRATICS = {
    "quick": {"fcn_d": (3, 6), "d": (4, 12)},
    "paper": {"fcn_d": (4, 6, 8, 12), "d": (4, 8, 16, 32)},
    "full": {"fcn_d": (4, 8, 16, 24), "d": (4, 8, 16, 32, 64)},
}

# Two textures on a ring of k pixels (Li, Zhang, Arora 2021).
TEXTURES = {
    "quick": {"k": (8, 16, 32), "optimizer": ("adam",)},
    "paper": {"k": (8, 16, 32, 64), "optimizer": ("adam", "momentum")},
    "full": {"k": (8, 16, 32, 64, 128), "optimizer": ("adam", "momentum")},
}

# One noise-free patch amid noise (Karp et al. 2021): n*, and training online on fresh batches.
LOCAL_SIGNAL = {
    "quick": {"k": (50, 100), "d": 10, "sigma": 0.2, "n_max": 640},
    "paper": {"k": (50, 100, 200), "d": 10, "sigma": 0.2, "n_max": 640},
    "full": {"k": (50, 100, 200, 400), "d": 10, "sigma": 0.2, "n_max": 2560},
}
LOCAL_SIGNAL_TRAINING = {
    "quick": {"k": 500, "d": 10, "batch": 500, "steps": 500, "record_every": 100, "repetitions": 2},
    "paper": {"k": 1000, "d": 10, "batch": 500, "steps": 10_000, "record_every": 200, "repetitions": 5},
    "full": {"k": 1000, "d": 10, "batch": 500, "steps": 10_000, "record_every": 100, "repetitions": 10},
}

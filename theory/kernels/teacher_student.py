"""Predicted exponents of ridgeless kernel regression on a Gaussian random field of another kernel.

Let the student's eigenvalues on a class of modes of wave number q fall as q^-a, and the teacher's variance on
the same modes beyond q as q^-v. If n samples determine the modes of student eigenvalue above lambda_n, then
the modes of the class above q_n = lambda_n^(-1/a) are not learnt, and

    test error ~ q_n^-v + lambda_n^2 sum over q < q_n of the teacher's variance / (student's eigenvalue)^2
               ~ lambda_n^min(v/a, 2)

which with lambda_n ~ n^-decay gives beta = decay min(v/a, 2). docs/kernels-teacher-student.md has the
steps, and what is not proven. The minimum is v/a in both papers' statements;
the 2 is the saturation of Spigler et al. 2020.
"""

import math
from collections.abc import Sequence

from theory.validation import positive_integer, positive_real

ALPHA = {"laplacian": 1.0, "ntk": 1.0, "nngp": 3.0}
"""Smoothness alpha of a constituent on R^t (Favero et al. 2021): its eigenvalues fall as q^-(t + alpha). That
of the ReLU kernels counts dimensions on the sphere of directions."""
NU = {"ntk": 0.5, "nngp": 1.5}
"""Smoothness nu of a hierarchical ReLU kernel (Cagnetta et al. 2023), eigenvalues as q^-(d_eff + 2 nu)."""
STRUCTURES = ("fully_connected", "local", "convolutional")


def overlapping_exponent(
    teacher: str, t: int, student: str, s: int, d: int, *, alpha_t: float = 1.0, alpha_s: float = 1.0
) -> float:
    """beta of a student with patches of s coordinates on a teacher with patches of t, sequences of length d.

    teacher, student: "local", "convolutional" or, as student alone, "fully_connected" (s is then d whatever
    is given); alpha: smoothness of the constituents (`ALPHA`).

    beta = alpha_t / s for t <= s and alpha_t <= 2 (alpha_s + s), whatever d, and 2 (alpha_s + s) / s beyond;
    0, a plateau, for s < t and for a convolutional student of a local teacher, who is outside what the
    student can represent. Derived above. The abstract of Favero et al. 2021 says of t < s that beta is a
    function of s only and does not depend on the input dimension; their text of the formula was not read.

    Raises `ValueError`, named by the argument, for anything else.

    >>> overlapping_exponent("convolutional", 3, "local", 3, 9)
    0.3333333333333333
    """
    for name, value, allowed in (("teacher", teacher, STRUCTURES[1:]), ("student", student, STRUCTURES)):
        if value not in allowed:
            raise ValueError(f"{name}: got {value!r}; allowed: {', '.join(allowed)}")
    d = positive_integer("d", d)
    t = _patch("t", t, d)
    s = d if student == "fully_connected" else _patch("s", s, d)
    alpha_t, alpha_s = positive_real("alpha_t", alpha_t), positive_real("alpha_s", alpha_s)
    if s < t or (teacher == "local" and student == "convolutional"):
        return 0.0
    return min(alpha_t, 2 * (alpha_s + s)) / s


def weight_sharing_ratio(patches: int, s: int, *, alpha_t: float = 1.0) -> float:
    """Test error of the convolutional over that of the local student, both of patches of s coordinates, on a
    convolutional teacher: patches^(-alpha_t / s), up to a factor that does not depend on n.

    The convolutional student has one mode where the local one has `patches` with the same eigenvalue, so that
    it learns from n samples what the other learns from patches n (derived).

    >>> weight_sharing_ratio(8, 3)
    0.5
    """
    patches, s = positive_integer("patches", patches), positive_integer("s", s)
    return patches ** (-positive_real("alpha_t", alpha_t) / s)


def effective_dimensions(filters: Sequence[int]) -> tuple[int, ...]:
    """d_eff of the nodes of every layer of a tree of filter sizes: (s_1 - 1) s_2 ... s_l for l = 1..L, the
    dimension of the product of spheres that the node sees (after Cagnetta et al. 2023). Filters are those of
    hidden layers; the paper's depth counts the output layer too and is one more.

    Raises `ValueError` for no filters, and for s_1 = 1, whose sphere has no dimension.

    >>> effective_dimensions((2, 2, 2))
    (1, 2, 4)
    """
    if not filters:
        raise ValueError(f"filters: got {filters!r}; allowed: at least one integer")
    sizes = [positive_integer("filters", size) for size in filters]
    if sizes[0] < 2:
        raise ValueError(f"filters: got {filters!r}; allowed: a first filter of at least 2")
    return tuple((sizes[0] - 1) * math.prod(sizes[1:layer]) for layer in range(1, len(sizes) + 1))


def eigenvalue_decay(filters: Sequence[int], kind: str = "ntk") -> float:
    """The eigenvalue of rank r of a hierarchical kernel falls as r^-decay: decay = 1 + 2 nu / d_eff(L), as
    there are about q^d_eff(L) modes up to q, with eigenvalues q^-(d_eff(L) + 2 nu). Derived; that the
    spectrum inherits the structure of the net is in the abstract of Cagnetta et al. 2023.

    >>> eigenvalue_decay((2, 2))
    1.5
    """
    return 1 + 2 * _nu("kind", kind) / effective_dimensions(filters)[-1]


def hierarchical_exponent(
    teacher: Sequence[int], student: Sequence[int], *, teacher_kind: str = "ntk", student_kind: str = "ntk"
) -> float:
    """beta of a hierarchical student on a hierarchical teacher, both given by their filters:

        beta = 2 nu_T (2 nu_S + d_eff(L_S)) / [d_eff(L_S) (2 nu_S + d_eff(l_T))]

    at most 2 (2 nu_S + d_eff(L_S)) / d_eff(L_S); 0, a plateau, for a teacher deeper than the student. Derived
    above; of Cagnetta et al. 2023 the abstract was read, which has no exponents. The shallower of both must
    have the first filters of the other.

    Raises `ValueError`, named by the argument, for anything else.

    >>> hierarchical_exponent((2,), (2, 2, 2))
    0.625
    """
    dimension = effective_dimensions(teacher)[-1]
    effective_dimensions(student)
    nu_t, nu_s = _nu("teacher_kind", teacher_kind), _nu("student_kind", student_kind)
    common = min(len(teacher), len(student))
    if tuple(teacher[:common]) != tuple(student[:common]):
        raise ValueError(f"teacher: got {tuple(teacher)!r}; allowed: filters that begin as the student's do")
    if len(teacher) > len(student):
        return 0.0
    return eigenvalue_decay(student, student_kind) * min(2 * nu_t / (2 * nu_s + dimension), 2.0)


def _patch(name: str, value: int, d: int) -> int:
    value = positive_integer(name, value)
    if value > d:
        raise ValueError(f"{name}: got {value}; allowed: at most {d}, the length of the sequences")
    return value


def _nu(name: str, kind: str) -> float:
    if kind not in NU:
        raise ValueError(f"{name}: got {kind!r}; allowed: {', '.join(NU)}")
    return NU[kind]

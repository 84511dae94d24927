"""The pool limits linear algebra to one thread a training, and gives the threads back."""

import threadpoolctl

from sims.machine.pool import Pool


def blas_threads():
    return [one["num_threads"] for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"]


def test_linear_algebra_has_one_thread_inside_and_its_own_number_after():
    with threadpoolctl.threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads()
        assert before
        with Pool(2) as pool:
            assert set(pool.map(lambda _: max(blas_threads()), range(4))) == {1}
        assert blas_threads() == before

"""Sweeps: what varies stands alone, and what is measured in another way stands apart."""

from sims.tables.sweeps import sweeps


def row(k, *, d=4, sigma=0.5, protocol="honest", **more):
    sizes = {"k": k, "d": d, "sigma": sigma}
    return {"experiment": "e", "protocol": protocol, "model": "lcn", **sizes, **more}


def test_the_widest_sweep_of_every_protocol_is_found():
    rows = [row(2), row(4), row(8), row(2, d=9), row(4, d=9), row(2, protocol="lahoti")]
    (found,) = sweeps(rows, "k")
    assert (found.values, found.fixed, found.protocol) == ([2, 4, 8], (("d", 4), ("sigma", 0.5)), "honest")


def test_paired_cells_are_never_in_a_sweep_with_others():
    rows = [row(k, paired=paired) for k in (2, 4) for paired in (False, True)]
    alone, paired = sweeps([*rows, row(8), row(16, paired=True), row(32, paired=True)], "k")
    assert (alone.values, alone.paired) == ([2, 4, 8], False)
    assert (paired.values, paired.paired) == ([2, 4, 16, 32], True)
    assert alone.key != paired.key
    assert alone.title != paired.title

"""How results are shown: one module a figure, each a pure function of a table, in one style."""

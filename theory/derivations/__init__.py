"""The formulas of theory, derived step by step in sympy; each function returns what came out."""

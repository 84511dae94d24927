"""Claims: related tasks: quadratics, textures, local signals."""

ORDER = (
    "li2021",
    "karp2021",
    "wang2023",
)

"""Claims: kernels of wide nets, on DSD and on teachers."""

ORDER = (
    "kernels_dsd",
    "favero2021",
    "cagnetta2023",
    "misiakiewicz2022",
    "jacot2018",
    "chizat2019",
    "simon2021",
)

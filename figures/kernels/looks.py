"""Looks of wide nets, teachers, cyclic kernels and kernels of random starts."""

from figures.drawing.looks import look

look("wide_fcn", "#D55E00", "s", "FCN, wide")
look("wide_lcn", "#0072B2", "o", "LCN, wide")
look("wide_cnn", "#009E73", "^", "CNN, wide")
look("teacher_1", "#56B4E9", "o", "teacher of depth 1")
look("teacher_2", "#E69F00", "s", "teacher of depth 2")
look("teacher_3", "#CC79A7", "^", "teacher of depth 3")
look("fc", "#D55E00", "s", "FC")
look("fc_gp", "#E69F00", "D", "FC, global pooling")
look("ck", "#0072B2", "o", "CK")
look("ck_lp", "#56B4E9", "v", "CK, local pooling")
look("ck_gp", "#009E73", "^", "CK, global pooling")
look("ntk_start", "#CC79A7", "D", "NTK, LSA at b = 0", late=True)
look("ntk_start_each", "#E69F00", "X", "NTK, LSA at b = 0, b a channel", late=True)
look("ntk_below", "#56B4E9", "v", "NTK, LSA at b = σ/2", late=True)
look("ntk_at", "#0072B2", "o", "NTK, LSA at b = σ", late=True)
look("ntk_above", "#D55E00", "P", "NTK, LSA at b = 3σ", late=True)

"""Samples: labelled images in the layout that training wants, and the sets that a repetition draws."""

from sims.samples.layout import Layout, Samples, pack

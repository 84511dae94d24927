"""Looks of what is no model: samples."""

from figures.drawing.looks import look

look("data", "#555555", "o", "data")

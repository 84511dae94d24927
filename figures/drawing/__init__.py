"""Figures: what figures are made of: marks, panels, glyphs, legends, style."""

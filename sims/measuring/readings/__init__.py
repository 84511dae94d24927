"""Readings: what is read off a trained net beside its risk. A new one is a file here; the mathematics that
probes share with them stands beside them.
"""

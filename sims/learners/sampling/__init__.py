"""Draws from the posterior: Gibbs sampling over von Mises-Fisher laws."""

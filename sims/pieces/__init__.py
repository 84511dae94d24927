"""Pieces: what is measured, as data: registered frozen dataclasses, and cells made of them; without jax."""

from sims.pieces.registry import (
    HOMES,
    KINDS,
    Piece,
    added,
    added_fields,
    build,
    departures,
    describe,
    register,
    registered,
)

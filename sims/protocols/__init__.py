"""Protocols: which learner, judged how, searched where."""

from sims.protocols.by_name import PROTOCOLS, protocol

"""Rules: how a statement is decided from tables. A new rule is one file with a class that has ``text`` and
``decide`` (see `paper_repro.rules.base.Rule`)."""

"""Published tables: the data themselves, how they are read, and how cells of them are recomputed."""

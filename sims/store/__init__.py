"""The store: one file a cell, leases on cells, and an index of ids."""

from sims.store.files import Record, Store, write_atomically

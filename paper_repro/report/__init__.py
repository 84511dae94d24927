"""The report: every claim with its verdict, as a page and as data."""

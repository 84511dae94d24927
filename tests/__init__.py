"""The tests. This file makes them a package, which neural-tangents needs of us: it installs one called
`tests` too, and a folder without this file would come after it.
"""

"""The machine: cores, memory, compiled programs, versions."""

"""The speed of nstar, measured against a plain PyTorch loop. Run `python -m benchmarks`."""

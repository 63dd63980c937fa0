"""Speed and size, measured: see docs/benchmarks.md."""

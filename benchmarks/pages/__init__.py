"""What every main page costs, in the demo and in a State: see docs/benchmarks.md."""

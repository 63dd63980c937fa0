"""Free times of many offices, and the promise board over many requests: see docs/benchmarks.md."""

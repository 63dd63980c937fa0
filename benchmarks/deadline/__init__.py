"""The 24-hour rule over many requests: see docs/benchmarks.md."""

"""How long a State's backup and its restore take: see docs/benchmarks.md."""

"""Benchmarks: ratios measured side by side in one run, as a table and as JSON. `make bench` runs them."""

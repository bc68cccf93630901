"""Benchmarks: ratios measured side by side in one run, as a table and as JSON. `make bench` runs them."""

import os

# The settings are read for the command of the web server; the sites that are measured have no secrets.
os.environ.setdefault("SECRET_KEY", "benchmark")

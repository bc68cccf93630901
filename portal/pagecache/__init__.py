"""Public pages answered from memory, before Django: docs/decisions/0006-page-cache.md."""

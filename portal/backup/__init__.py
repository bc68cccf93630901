"""Backups: database, uploads and a manifest of checksums in one file, and back (docs/decisions/0009-backup.md)."""

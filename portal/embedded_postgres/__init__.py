"""Database backend that brings its own PostgreSQL server; used when DATABASE_URL is absent."""

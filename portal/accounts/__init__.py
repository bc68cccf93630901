"""Staff accounts: signing in with two factors, lockout, sessions that end, and what is logged of it."""

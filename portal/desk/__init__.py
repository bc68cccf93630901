"""The editor's desk: advice while writing, the start page, reports, the guide."""

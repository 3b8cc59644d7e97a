"""What sources share, so that a source's own module says what is its own.

How they read (`csv_rows`, `records`, `facts`), date (`stamps`, `delayed`, `near`) and check (`chain_rows`, `sanity`, `twins`).
"""

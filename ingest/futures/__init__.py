"""Open interest of futures around the clock: a cycle a minute over all venues, what it stores, gaps where nothing came."""

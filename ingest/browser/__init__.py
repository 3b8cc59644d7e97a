"""A browser for sources that have no other door: started, watched, ended; its downloads, and what it saw when one failed."""

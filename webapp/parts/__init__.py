"""What pages are put together from; a part of one page begins with that page's name."""

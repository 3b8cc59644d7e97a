"""What is due for each session, and when; fetching it; and the account of what came, was held back or is missing."""

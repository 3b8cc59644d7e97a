"""From parsed payloads to what readers see: the set of a session, its versions, and the flip that shows them at once."""

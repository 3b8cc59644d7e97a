"""The one way to providers: limits, attempts, deadlines, addresses and clocks of every call, whatever the source."""

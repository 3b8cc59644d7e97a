"""How everything looks: theme, colours, style sheet, and the one form of numbers, dates and HTML."""

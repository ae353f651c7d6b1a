"""Rules for the interface that others program against."""

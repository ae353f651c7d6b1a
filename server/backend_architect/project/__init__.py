"""The files of a project: which there are, what they contain and which settings hold for them."""

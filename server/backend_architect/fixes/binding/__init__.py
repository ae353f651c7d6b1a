"""Rewriting SQL with pasted values so that the driver binds them.

`bind` leads through it: which stretches of the statement become parameters (`regions`), what they are given
(`values`, `lists`), how they are written (`placeholders`), how the strings around them change (`rewriting`,
`constants`), and how the values reach the call (`delivery`, `collecting`).
"""

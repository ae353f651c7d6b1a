"""Python: blocks, names, strings and what detectors see of them."""

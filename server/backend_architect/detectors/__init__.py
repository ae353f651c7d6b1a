"""The detectors of the rules: a module each, found by the name of the card."""

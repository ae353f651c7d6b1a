"""The language server: one module a feature of the protocol."""

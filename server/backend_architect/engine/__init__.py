"""From the text of a file to findings; no protocol and no input or output."""

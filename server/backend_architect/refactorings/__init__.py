"""What can be done with the code under the cursor, one module for each; nothing is registered anywhere."""

"""Writing an index into a project: into its models, and as a migration in its own tool."""

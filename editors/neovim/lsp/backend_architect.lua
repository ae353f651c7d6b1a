-- Neovim 0.11 and newer read this file when `vim.lsp.enable("backend_architect")` is called.
return {
  cmd = { "backend-architect", "server" },
  filetypes = { "python", "sql" },
  root_markers = { { "backend-architect.toml", "pyproject.toml" }, ".git" },
}

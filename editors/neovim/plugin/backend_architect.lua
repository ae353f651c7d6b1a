-- What `vim.lsp.enable("backend_architect")` does not bring: the command, and starting again after a crash.
if vim.g.loaded_backend_architect then
  return
end
vim.g.loaded_backend_architect = true

-- `setup` sees to both before Neovim 0.11.
if not vim.lsp.enable then
  return
end

vim.lsp.config("backend_architect", {
  on_exit = function(...)
    require("backend_architect").on_exit(...)
  end,
})

vim.api.nvim_create_autocmd("LspAttach", {
  group = vim.api.nvim_create_augroup("backend_architect.commands", {}),
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == "backend_architect" then
      require("backend_architect").add_commands(event.buf)
    end
  end,
})

-- What `vim.lsp.enable("backend_architect")` does not bring: the command, starting again after a crash, and
-- buffers that have no name yet.
if vim.g.loaded_backend_architect then
  return
end
vim.g.loaded_backend_architect = true

-- `setup` sees to both before Neovim 0.11.
if not vim.lsp.enable then
  return
end

local NAME = "backend_architect"

vim.lsp.config(NAME, {
  on_exit = function(...)
    require(NAME).on_exit(...)
  end,
  -- What is said of a buffer without a name, Neovim shows in another one: it waits for `:edit`.
  root_dir = function(buffer, on_dir)
    local file = vim.api.nvim_buf_get_name(buffer)
    if file ~= "" then
      on_dir(require(NAME).root_of(file, vim.lsp.config[NAME].root_markers))
    end
  end,
})

vim.api.nvim_create_autocmd("LspAttach", {
  group = vim.api.nvim_create_augroup(NAME, {}),
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == NAME then
      require(NAME).add_commands(event.buf)
    end
  end,
})

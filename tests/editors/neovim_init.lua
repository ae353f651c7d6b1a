-- The editor under test: what the README tells users to write, and what makes a test repeatable.
vim.g.loaded_python3_provider = 0
vim.cmd("filetype plugin on")
-- What is typed is what stands there.
vim.cmd("filetype indent off")
vim.o.autoindent = false
vim.o.columns, vim.o.lines = 110, 34

vim.opt.runtimepath:append(vim.env.EDITOR_TEST_PLUGIN)
if vim.lsp.enable then
  vim.lsp.enable("backend_architect")
  vim.o.completeopt = "menuone,noselect,fuzzy"
  vim.api.nvim_create_autocmd("LspAttach", {
    callback = function(event)
      vim.lsp.completion.enable(true, event.data.client_id, event.buf)
    end,
  })
else
  require("backend_architect").setup()
  -- 0.11 has these two by itself.
  vim.api.nvim_set_keymap("n", "K", "<Cmd>lua vim.lsp.buf.hover()<CR>", { noremap = true })
  vim.api.nvim_set_keymap("n", "gra", "<Cmd>lua vim.lsp.buf.code_action()<CR>", { noremap = true })
end

-- While the menu waits for an answer the editor answers nobody else; so it leaves a note of what it shows.
local select = vim.ui.select
vim.ui.select = function(items, options, chosen)
  local titles = {}
  for _, item in ipairs(items) do
    titles[#titles + 1] = options.format_item(item)
  end
  vim.fn.writefile({ vim.fn.json_encode(titles) }, vim.env.EDITOR_TEST_MENU)
  return select(items, options, chosen)
end

-- What people are told is kept; in 0.7 a message would wait for a key.
_G.told = {}
vim.notify = function(text)
  _G.told[#_G.told + 1] = text
end

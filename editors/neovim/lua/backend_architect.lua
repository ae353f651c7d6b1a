-- Starts the server for Python and SQL buffers in any Neovim from 0.7 on:
--   require("backend_architect").setup()
-- Neovim 0.11 has `vim.lsp.enable` for this and needs this module only for other options.
local M = {}

local NAME = "backend_architect"

local function defaults()
  local found = vim.api.nvim_get_runtime_file("lsp/" .. NAME .. ".lua", false)[1]
  assert(found, "backend_architect: its folder must be on 'runtimepath'")
  return dofile(found)
end

-- The markers are groups of equal rank, the most telling first, as in 0.11.
local function root_of(file, markers)
  for _, group in ipairs(markers) do
    local names = type(group) == "table" and group or { group }
    local folder = vim.fn.fnamemodify(file, ":p:h")
    while true do
      for _, name in ipairs(names) do
        if vim.loop.fs_stat(folder .. "/" .. name) then
          return folder
        end
      end
      local parent = vim.fn.fnamemodify(folder, ":h")
      if parent == folder then
        break
      end
      folder = parent
    end
  end
  return nil
end

-- 0.7 has no `vim.lsp.start`, which keeps one client for each root.
local started = {}

local function start_and_attach(config, buffer)
  local key = config.root_dir or ""
  local client = started[key] and vim.lsp.get_client_by_id(started[key])
  if not client or client.is_stopped() then
    started[key] = vim.lsp.start_client(config)
  end
  if started[key] then
    vim.lsp.buf_attach_client(buffer, started[key])
  end
end

function M.setup(options)
  options = options or {}
  if vim.lsp.enable then
    vim.lsp.config(NAME, options)
    vim.lsp.enable(NAME)
    return
  end
  local config = vim.tbl_deep_extend("force", defaults(), options)
  config.name = NAME
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup(NAME, { clear = true }),
    pattern = config.filetypes,
    callback = function(event)
      local file = vim.api.nvim_buf_get_name(event.buf)
      -- Buffers of plugins (trees, consoles, diffs) have such names as "fugitive://...".
      if vim.bo[event.buf].buftype ~= "" or file:match("^%a[%w+.-]+://") then
        return
      end
      local own = vim.tbl_extend("force", config, { root_dir = root_of(file, config.root_markers) })
      if vim.lsp.start then
        vim.lsp.start(own, { bufnr = event.buf })
      else
        start_and_attach(own, event.buf)
      end
    end,
  })
end

return M

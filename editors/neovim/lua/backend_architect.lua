-- Starts the server for Python and SQL buffers in any Neovim from 0.7 on:
--   require("backend_architect").setup()
-- Neovim 0.11 has `vim.lsp.enable` for this and needs `setup` only for other options.
local restarting = require("backend_architect.restarting")

local M = {}

local NAME = "backend_architect"

local function defaults()
  local found = vim.api.nvim_get_runtime_file("lsp/" .. NAME .. ".lua", false)[1]
  assert(found, "backend_architect: its folder must be on 'runtimepath'")
  return dofile(found)
end

--- The closest folder above a file with one of the markers: groups of equal rank, the most telling first.
function M.root_of(file, markers)
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

local function attach(config, buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  -- Buffers of plugins (trees, consoles, diffs) have such names as "fugitive://...". What is said of a buffer
  -- without a name, Neovim shows in another one.
  if vim.bo[buffer].buftype ~= "" or file == "" or file:match("^%a[%w+.-]+://") then
    return
  end
  local own = vim.tbl_extend("force", config, { root_dir = M.root_of(file, config.root_markers) })
  if vim.lsp.start then
    vim.lsp.start(own, { bufnr = buffer })
  else
    start_and_attach(own, buffer)
  end
end

-- The configuration that `setup` made, before 0.11.
local configured

--- Attaches all buffers of the right kind, starting the server where it does not run.
function M.start()
  if vim.lsp.enable then
    vim.lsp.enable(NAME)
    return
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local loaded = vim.api.nvim_buf_is_loaded(buffer)
    if loaded and vim.tbl_contains(configured.filetypes, vim.bo[buffer].filetype) then
      attach(configured, buffer)
    end
  end
end

--- The clients of this server: those of a buffer, or all.
function M.clients(buffer)
  local all = (vim.lsp.get_clients or vim.lsp.get_active_clients)()
  return vim.tbl_filter(function(client)
    return client.name == NAME and (buffer == nil or vim.lsp.buf_is_attached(buffer, client.id))
  end, all)
end

--- How the server is started, as far as is known before it is.
function M.configuration()
  return vim.lsp.enable and vim.lsp.config[NAME] or configured or defaults()
end

--- Whether somebody asked for the server; nil in 0.11, which does not tell.
function M.is_enabled()
  if not vim.lsp.enable then
    return configured ~= nil
  end
  return vim.lsp.is_enabled and vim.lsp.is_enabled(NAME)
end

M.on_exit = restarting.on_exit(M.start)

--- Gives a buffer the command `:BackendArchitect`.
function M.add_commands(buffer)
  require("backend_architect.commands").add(buffer)
end

--- Starts the server for all buffers to come; options are those of `vim.lsp.config`.
function M.setup(options)
  options = options or {}
  if vim.lsp.enable then
    vim.lsp.config(NAME, options)
    vim.lsp.enable(NAME)
    return
  end
  configured = vim.tbl_deep_extend("force", defaults(), { on_exit = M.on_exit }, options)
  configured.name = NAME
  configured.on_attach = function(client, buffer)
    M.add_commands(buffer)
    if options.on_attach then
      options.on_attach(client, buffer)
    end
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup(NAME, { clear = true }),
    pattern = configured.filetypes,
    callback = function(event)
      attach(configured, event.buf)
    end,
  })
end

return M

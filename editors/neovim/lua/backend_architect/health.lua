-- :checkhealth backend_architect
local M = {}

-- The names of 0.10, of 0.8, and the module of 0.7.
local health = vim.health or require("health")
local start = health.start or health.report_start
local ok = health.ok or health.report_ok
local info = health.info or health.report_info
local warn = health.warn or health.report_warn
local fault = health.error or health.report_error

local function check_neovim()
  local version = vim.version()
  local name = ("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch)
  if vim.lsp.enable then
    ok(name .. " starts the server with vim.lsp.enable")
  else
    ok(name .. ' starts the server with require("backend_architect").setup()')
  end
  if not vim.snippet then
    info("snippets are inserted as plain text: tab stops need Neovim 0.10")
  end
end

local function check_program(command)
  if type(command) ~= "table" then
    info("the server is started by a function of the configuration")
    return
  end
  local program = vim.fn.exepath(command[1])
  if program == "" then
    fault(('the program "%s" was not found'):format(command[1]), {
      "Install it: `pipx install .` in a checkout of backend-architect.",
      "If it is installed, name it with its whole path: "
        .. 'vim.lsp.config("backend_architect", { cmd = { "/path/to/backend-architect", "server" } })',
      "Neovim looks for programs in: " .. (vim.env.PATH or ""),
    })
    return
  end
  ok("the program is " .. program)
  local said = vim.fn.system({ program, "--version" })
  if vim.v.shell_error == 0 then
    ok(vim.trim(said))
  else
    fault(("`%s --version` failed: %s"):format(program, vim.trim(said)), {
      "Install it again: `pipx install --force .` in a checkout of backend-architect.",
    })
  end
end

local function check_clients(main)
  local clients = main.clients()
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_filter(function(buffer)
      return vim.lsp.buf_is_attached(buffer, client.id)
    end, vim.api.nvim_list_bufs())
    ok(("client %d serves %d buffers below %s, columns in %s"):format(
      client.id,
      #buffers,
      client.config.root_dir or "no folder",
      client.offset_encoding or "utf-16"
    ))
  end
  if #clients > 0 then
    return
  end
  if main.is_enabled() == false then
    fault("the server is not enabled", {
      vim.lsp.enable and 'Write vim.lsp.enable("backend_architect") into init.lua.'
        or 'Write require("backend_architect").setup() into init.lua.',
    })
  else
    warn("no client runs", {
      "Open a Python or SQL file: the server starts with the first one.",
      "If one is open, the log says why it does not run: " .. require("vim.lsp.log").get_filename(),
    })
  end
end

local function holds_settings(file)
  if vim.fn.fnamemodify(file, ":t") ~= "pyproject.toml" then
    return true
  end
  for _, line in ipairs(vim.fn.readfile(file)) do
    if vim.startswith(line, "[tool.backend-architect") then
      return true
    end
  end
  return false
end

local function settings_of(folder)
  for _, name in ipairs({ "backend-architect.toml", "pyproject.toml" }) do
    local file = vim.fn.findfile(name, vim.fn.escape(folder, " ,;") .. ";")
    if file ~= "" and holds_settings(file) then
      return vim.fn.fnamemodify(file, ":p")
    end
  end
end

local function check_settings(main)
  local folders = {}
  for _, client in ipairs(main.clients()) do
    folders[client.config.root_dir or vim.fn.getcwd()] = true
  end
  if next(folders) == nil then
    folders[vim.fn.getcwd()] = true
  end
  for folder in pairs(folders) do
    local file = settings_of(folder)
    if file then
      ok(("the settings of %s are in %s"):format(folder, file))
    else
      info(("%s has no settings: the recommended rules hold; `backend-architect init` begins some"):format(folder))
    end
  end
end

function M.check()
  local main = require("backend_architect")
  start("backend_architect")
  check_neovim()
  check_program(main.configuration().cmd)
  check_clients(main)
  check_settings(main)
end

return M

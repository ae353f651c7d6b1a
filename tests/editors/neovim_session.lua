-- A Neovim that is driven with real keys from a second one, which runs a driver beside this file:
-- usage: nvim --clean -l DRIVER.lua PLAN.json; writes what happened to the file that the plan names.
local M = {}
local uv = vim.uv

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local plan = vim.json.decode(read(arg[1]))
local began = uv.hrtime()
local results = vim.empty_dict()
local editor

local function milliseconds(since)
  return math.floor((uv.hrtime() - since) / 1e6)
end

local function say(text)
  io.stdout:write(("%6d ms  %s\n"):format(milliseconds(began), text))
  io.stdout:flush()
end

local function disk(name)
  return read(plan.workspace .. "/" .. name)
end

local function ask(method, ...)
  return vim.rpcrequest(editor, method, ...)
end

local function lua(code, ...)
  return ask("nvim_exec_lua", code, { ... })
end

local function keys(text)
  ask("nvim_input", text)
end

local function until_(what, probe, limit)
  local started = uv.hrtime()
  while true do
    local value = probe()
    if value then
      return value
    end
    if milliseconds(started) > (limit or 15000) then
      error("timed out: " .. what, 0)
    end
    uv.sleep(10)
  end
end

local function expect(holds, what)
  if not holds then
    error("does not hold: " .. what, 0)
  end
end

-- A key at a time with a moment in between, as a person types: the server must see unfinished text too.
local function type_text(text)
  for _, code in ipairs(vim.fn.split(text, "\\zs")) do
    keys(code == "\n" and "<CR>" or code == "<" and "<lt>" or code)
    uv.sleep(1)
  end
end

local function screen(name)
  local lines = lua([[
    vim.cmd("redraw")
    local lines = {}
    for row = 1, vim.o.lines do
      local cells = {}
      for column = 1, vim.o.columns do
        cells[column] = vim.fn.screenstring(row, column)
      end
      lines[row] = table.concat(cells):gsub("%s+$", "")
    end
    return lines
  ]])
  local file = assert(io.open(("%s/%s.txt"):format(plan.screenshots, name), "wb"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
end

local function findings()
  return lua([[
    local found = {}
    for _, item in ipairs(vim.diagnostic.get(0)) do
      -- 0.7 keeps the code below user_data.
      local code = item.code or (item.user_data or { lsp = {} }).lsp.code
      found[#found + 1] = { code = code, source = item.source, row = item.lnum, column = item.col }
    end
    return found
  ]])
end

local function underlined()
  return lua([[
    for _, space in pairs(vim.diagnostic.get_namespaces()) do
      local own = space.user_data.underline_ns
      if own and vim.api.nvim_buf_get_extmarks(0, own, 0, -1, {})[1] then
        return true
      end
    end
    return false
  ]])
end

local function floating_text()
  return lua([[
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), " ")
      end
    end
    return ""
  ]])
end

local function open(name)
  local tail = vim.fn.fnamemodify(name, ":t")
  keys(":edit " .. name .. "<CR>")
  until_("the server is attached", function()
    return lua([[
      local clients = (vim.lsp.get_clients or function(filter)
        return vim.tbl_values(vim.lsp.buf_get_clients(filter.bufnr))
      end)({ bufnr = 0 })
      return clients[1] ~= nil and (clients[1].initialized or clients[1].server_capabilities ~= nil)
        and vim.fn.expand("%:t") == ...
    ]], tail)
  end)
end

-- The titles that the menu offers; the editor under test writes them down as it shows them.
local function menu()
  os.remove(plan.menu)
  keys("gra")
  until_("the menu opens", function()
    local mode = ask("nvim_get_mode")
    return uv.fs_stat(plan.menu) and (mode.blocking or mode.mode == "c")
  end)
  return vim.json.decode(read(plan.menu))
end

local function choose(titles, pattern)
  for index, title in ipairs(titles) do
    if vim.regex(pattern):match_str(title) then
      keys(index .. "<CR>")
      return index
    end
  end
  keys("<Esc>")
  error(pattern .. " is not in the menu: " .. table.concat(titles, " | "), 0)
end

local function go_to(finding)
  lua("vim.api.nvim_win_set_cursor(0, { ... })", finding.row + 1, finding.column)
end

local function clean()
  until_("the finding is gone", function()
    return #findings() == 0
  end)
end

local function saved(name, text)
  keys(":write<CR>")
  -- The comparison that counts, with its difference shown, is made by the caller.
  pcall(until_, "the text is on the disk", function()
    return disk(name) == text
  end, 5000)
end

local function attempt(name, work, subject)
  local started = uv.hrtime()
  local fine, note = pcall(work, subject)
  results[name] = { error = fine and vim.NIL or tostring(note) }
  say(("%s: %d ms; %s%s"):format(name, milliseconds(started), fine and "" or "FAILED: ", note or ""))
  if not fine then
    keys("<Esc><C-\\><C-n>:silent! write<CR>")
    pcall(screen, name .. "-FAILED")
  end
end

--- Starts the editor, has each of the tasks attempted, a list of names, functions and subjects, and leaves.
function M.run(tasks)
  local job = vim.fn.jobstart(
    { plan.nvim, "--embed", "--headless", "--clean", "-n", "-i", "NONE", "-u", plan.init },
    { rpc = true, cwd = plan.workspace, env = plan.env }
  )
  assert(job > 0, "the editor does not start")
  editor = job

  -- Whatever blocks, the editor under test goes when this one goes: its channel closes.
  local limit = uv.new_timer()
  limit:start(plan.seconds * 1000, 0, function()
    io.stdout:write("the session took too long\n")
    os.exit(3)
  end)

  local fine, problem = pcall(function()
    say(vim.fn.split(lua("return vim.fn.execute('version')"), "\n")[1])
    for _, task in ipairs(tasks) do
      attempt(unpack(task))
    end
  end)
  if not fine then
    say("FAILED: " .. tostring(problem))
  end
  local leaving = uv.hrtime()
  pcall(vim.rpcnotify, editor, "nvim_command", "qall!")
  if vim.fn.jobwait({ job }, 5000)[1] == -1 then
    vim.fn.jobstop(job)
    fine = false
    say("FAILED: the editor did not leave")
  end
  say(("left in %d ms"):format(milliseconds(leaving)))

  local file = assert(io.open(plan.results, "wb"))
  file:write(vim.json.encode(results))
  file:close()
  os.exit(fine and 0 or 1)
end

M.plan = plan
M.read = read
M.milliseconds = milliseconds
M.say = say
M.disk = disk
M.ask = ask
M.lua = lua
M.keys = keys
M.until_ = until_
M.expect = expect
M.type_text = type_text
M.screen = screen
M.findings = findings
M.underlined = underlined
M.floating_text = floating_text
M.open = open
M.menu = menu
M.choose = choose
M.go_to = go_to
M.clean = clean
M.saved = saved

return M

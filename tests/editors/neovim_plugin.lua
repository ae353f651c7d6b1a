-- What the folder adds to Neovim beside the start of the server, and files that are not as usual.
local S = dofile(vim.fs.dirname(arg[0]) .. "/neovim_session.lua")
local lua, keys, until_, expect, findings, open = S.lua, S.keys, S.until_, S.expect, S.findings, S.open
local uv = vim.uv

local function codes()
  return vim.tbl_map(function(item)
    return item.code
  end, findings())
end

local function finds(what, expected, limit)
  until_(what .. ": " .. table.concat(expected, ", "), function()
    return vim.deep_equal(codes(), expected)
  end, limit)
end

local function text()
  return lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n') .. '\\n'")
end

local function reads(what, expected)
  pcall(until_, what, function()
    return text() == expected
  end)
  expect(text() == expected, what .. ":\n" .. text())
end

local function shows(part)
  until_('a window shows "' .. part .. '"', function()
    return text():find(part, 1, true)
  end)
end

local function command(name)
  keys(":BackendArchitect " .. name .. "<CR>")
end

local checks = {}

function checks.completion(check)
  open(check.file)
  local names = lua("return vim.fn.getcompletion('BackendArchitect ', 'cmdline')")
  expect(vim.deep_equal(names, check.names), vim.inspect(names))
end

function checks.explain(check)
  open(check.file)
  finds("the findings", check.codes)
  S.go_to(findings()[1])
  command("explain")
  until_("the card", function()
    return S.floating_text():find(check.card, 1, true)
  end)
  S.screen("explain")
  keys("$")
end

function checks.fixall(check)
  open(check.file)
  finds("the findings", check.codes)
  command("fixall")
  reads("safe repairs are made", check.expected)
  keys(":write<CR>")
end

function checks.diagram(check)
  open(check.file)
  -- Each answer is waited for: one that came later would open its text in front of the next check.
  until_("the project is read", function()
    keys(":messages clear<CR>")
    command("diagram")
    local drawn
    until_("an answer", function()
      drawn = text():find("erDiagram", 1, true)
      return drawn or lua("return vim.fn.execute('messages')"):find("There is no diagram", 1, true)
    end)
    return drawn
  end, 30000)
  shows(check.table)
  S.screen("diagram")
  keys(":bwipeout!<CR>")
end

function checks.snippets(check)
  open(check.file)
  keys("Go<Esc>")
  os.remove(S.plan.menu)
  command("snippets")
  until_("the snippets are offered", function()
    return uv.fs_stat(S.plan.menu) and uv.fs_stat(S.plan.menu).size > 0
  end)
  local titles = vim.json.decode(S.read(S.plan.menu))
  S.choose(titles, "^" .. check.label)
  pcall(until_, "it is inserted", function()
    return text():find(check.line, 1, true)
  end)
  keys("<Esc><C-\\><C-n>")
  -- What a choice stands on is the client's affair.
  keys(":write<CR>")
  until_("it is saved", function()
    return S.disk(check.file):find(check.line, 1, true)
  end)
  S.screen("snippets")
end

function checks.info(check)
  open(check.file)
  command("info")
  shows("backend-architect 0.")
  shows(check.shown)
  keys(":bwipeout!<CR>")
end

function checks.restart(check)
  local ids = [[
    return vim.tbl_map(function(client) return client.id end, require("backend_architect").clients())
  ]]
  open(check.file)
  finds("the findings", check.codes)
  local before = lua(ids)
  command("restart")
  until_("there are other clients", function()
    local after = lua(ids)
    return #after == #before and not vim.tbl_contains(before, after[1])
  end)
  finds("the findings are there again", check.codes)
end

function checks.folders(check)
  for _, file in ipairs(check.files) do
    open(file.name)
    finds(file.name, file.codes)
  end
end

function checks.outside(check)
  open(check.file)
  finds("a file outside of all folders", check.codes)
end

-- Neovim shows what is said of it in another buffer, and makes one for that: so it is left alone.
function checks.unnamed(check)
  local before = lua("return #vim.api.nvim_list_bufs()")
  keys(":enew<CR>:set filetype=sql<CR>")
  keys("i")
  S.type_text(check.text)
  keys("<Esc>:write " .. check.file .. "<CR>:edit<CR>")
  finds("a buffer that has a name now", check.codes)
  expect(lua("return #vim.api.nvim_list_bufs()") == before + 1, "no buffers came along")
end

function checks.read_only(check)
  open(check.file)
  expect(lua("return vim.bo.readonly"), "the file is read-only")
  finds("a read-only file", check.codes)
end

function checks.half_typed(check)
  open(check.file)
  keys("i")
  S.type_text(check.text)
  finds("a file that does not parse", check.codes)
  S.type_text(check.rest)
  finds("the same when it does", check.codes)
  keys("<Esc>:write<CR>")
  finds("after it is saved", check.codes)
end

function checks.long_file(check)
  open(check.file)
  finds("a long file", {})
  lua("vim.api.nvim_win_set_cursor(0, { ... })", check.line, 0)
  keys("i" .. check.key)
  local typed = uv.hrtime()
  finds("keys in its middle", check.codes)
  local seen = S.milliseconds(typed)
  expect(findings()[1].row == check.line - 1, "it stands where it was typed")
  local lines = lua("return vim.fn.line('$')")
  keys("<Esc>u")
  finds("taking it back", {})
  keys(":bwipeout!<CR>")
  return ("finding %d ms after the last key in %d lines"):format(seen, lines)
end

local function server()
  local editor = lua("return vim.fn.getpid()")
  local children = S.read(("/proc/%d/task/%d/children"):format(editor, editor))
  local ours = {}
  for child in children:gmatch("%d+") do
    if S.read("/proc/" .. child .. "/cmdline"):find("backend-architect", 1, true) then
      ours[#ours + 1] = tonumber(child)
    end
  end
  return ours
end

function checks.crash(check)
  open(check.file)
  keys("i")
  S.type_text(check.text)
  finds("before the crash", check.codes)
  -- What a start takes on this machine at this time.
  keys("<Esc>")
  local asked = uv.hrtime()
  command("restart")
  until_("nothing is known while it starts", function()
    return #findings() == 0
  end)
  finds("after a restart", check.codes)
  local start = S.milliseconds(asked)
  keys("A")
  lua("_G.told = {}")
  local killed = uv.hrtime()
  for _, id in ipairs(server()) do
    uv.kill(id, "sigkill")
  end
  S.type_text(check.more)
  finds("after the crash", check.more_codes)
  local back = S.milliseconds(killed)
  keys("<Esc>:write<CR>")
  local told = vim.tbl_filter(function(one)
    return one:find("started again", 1, true)
  end, lua("return _G.told"))
  expect(#told == 1, "it is said once: " .. vim.inspect(lua("return _G.told")))
  local limit = math.max(check.limit, 2 * start)
  expect(back < limit, ("findings are back after %d ms; a start takes %d ms"):format(back, start))
  return ("findings are back %d ms after the server was killed; a start takes %d ms"):format(back, start)
end

function checks.health(check)
  open(check.file)
  keys(":checkhealth backend_architect<CR>")
  for _, part in ipairs(check.parts) do
    shows(part)
  end
  expect(not text():find("ERROR", 1, true), text())
  S.screen("health")
  keys(":bwipeout!<CR>")
end

local tasks = {}
for _, check in ipairs(S.plan.checks) do
  tasks[#tasks + 1] = { check.name, checks[check.name], check }
end
S.run(tasks)

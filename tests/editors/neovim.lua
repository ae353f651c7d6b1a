-- Types the cases into a Neovim and repairs them; then the checks of the plan.
local S = dofile(vim.fs.dirname(arg[0]) .. "/neovim_session.lua")
local uv = vim.uv
local milliseconds, disk, ask, lua, keys, until_, expect, type_text, screen
  = S.milliseconds, S.disk, S.ask, S.lua, S.keys, S.until_, S.expect, S.type_text, S.screen
local findings, underlined, floating_text, open, menu, choose, go_to, clean, saved
  = S.findings, S.underlined, S.floating_text, S.open, S.menu, S.choose, S.go_to, S.clean, S.saved

local function type_and_repair(case)
  open(case.file)
  keys("i")
  -- The last line's end is written by the editor.
  type_text((case.typed:gsub("\n$", "")))
  local typed = uv.hrtime()
  local found = until_("the finding", function()
    local all = findings()
    return all[1] and all
  end)
  local seen = milliseconds(typed)
  expect(ask("nvim_get_mode").mode == "i", "the finding came while typing")
  expect(disk(case.file) == "", "the finding came before the file was saved")
  expect(#found == 1, "there is one finding")
  expect(found[1].code == case.rule and found[1].source == "backend-architect", vim.inspect(found))
  keys("<Esc>")
  until_("the squiggle", underlined)
  screen(case.name .. "-1-typed")
  go_to(found[1])
  keys("K")
  for _, text in ipairs(case.hover) do
    until_(('the hover shows "%s"'):format(text), function()
      return (floating_text():gsub("[%s`*_\\]+", " ")):find(text:gsub("[%s`*_\\]+", " "), 1, true)
    end)
  end
  screen(case.name .. "-2-hover")
  -- Any motion closes the hover.
  keys("$")
  until_("the hover is gone", function()
    return floating_text() == ""
  end)
  go_to(found[1])
  local titles = menu()
  -- 0.7 answers nobody while its menu waits.
  if not ask("nvim_get_mode").blocking then
    screen(case.name .. "-3-menu")
  end
  local index = choose(titles, case.fix)
  expect(index == 1, case.fix .. " is the first in the menu: " .. table.concat(titles, " | "))
  clean()
  saved(case.file, case.expected)
  screen(case.name .. "-4-saved")
  return ("finding %d ms after the last key; menu: %s"):format(seen, table.concat(titles, " | "))
end

local checks = {}

function checks.ignore(check)
  open(check.file)
  until_("the finding", function()
    return #findings() == 1
  end)
  go_to(findings()[1])
  local titles = menu()
  choose(titles, "Ignore " .. check.rule .. " on this line")
  clean()
  saved(check.file, check.expected)
  return table.concat(titles, " | ")
end

-- A snippet is asked for by its word; its tab stops are gone through, up to the last one.
function checks.snippet(check)
  open(check.file)
  keys("i")
  type_text(check.before .. check.word)
  until_("the text is there", function()
    return lua("return vim.api.nvim_get_current_line()") == check.word
  end)
  keys("<C-x><C-o>")
  until_("the snippet is offered", function()
    local info = lua("return vim.fn.complete_info({ 'items' })")
    return #info.items > 0 and vim.inspect(info.items):find(check.label, 1, true)
  end)
  screen("snippet-1-offered")
  keys("<C-n>")
  keys("<C-y>")
  until_("it stands in the text", function()
    return lua("return vim.snippet.active()")
  end)
  -- The first stop is a choice, which Neovim offers as a menu.
  until_("its choices are offered", function()
    return lua("return vim.fn.pumvisible()") == 1
  end)
  screen("snippet-2-taken")
  keys("<C-n><C-y>")
  lua("vim.snippet.jump(1)")
  keys("<Esc>A" .. check.last .. "<Esc>")
  keys(":write<CR>")
  until_("it is saved", function()
    return disk(check.file):find(check.last, 1, true)
  end)
  screen("snippet-3-done")
end

function checks.addIndex(check)
  open(check.folder .. "/" .. check.file)
  until_("the finding", function()
    return #findings() == 1
  end)
  screen("index-1-finding")
  go_to(findings()[1])
  local titles = menu()
  choose(titles, check.title)
  until_("the migration is open", function()
    return lua("return #vim.fn.getbufinfo() > 1 and vim.fn.glob(...) ~= ''", "**/versions/*_index*.py")
  end)
  keys(":wall<CR>")
  until_("the model is saved", function()
    return disk(check.folder .. "/models.py") == check.expected
  end)
  clean()
  screen("index-2-done")
  return table.concat(titles, " | ")
end

local tasks = {}
for _, case in ipairs(S.plan.cases) do
  tasks[#tasks + 1] = { case.name, type_and_repair, case }
end
for _, check in ipairs(S.plan.checks) do
  tasks[#tasks + 1] = { check.name, checks[check.name], check }
end
S.run(tasks)

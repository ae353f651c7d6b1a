-- The buffer-local command `:BackendArchitect`.
local M = {}

local FIX_ALL = "source.fixAll.backend-architect"

local function say(text)
  vim.notify("backend-architect: " .. text, vim.log.levels.INFO)
end

-- Asks the server; `answered` hears the result, a failure is said.
local function ask(client, method, params, buffer, answered)
  local function handler(failure, result)
    if failure then
      vim.notify("backend-architect: " .. failure.message, vim.log.levels.ERROR)
    else
      answered(result)
    end
  end
  if vim.fn.has("nvim-0.11") == 1 then
    client:request(method, params, handler, buffer)
  else
    client.request(method, params, handler, buffer)
  end
end

local function execute(client, command, arguments, buffer, answered)
  ask(client, "workspace/executeCommand", { command = command, arguments = arguments }, buffer, answered)
end

local function place(client)
  return vim.lsp.util.make_position_params(0, client.offset_encoding)
end

-- Shows a text in a window of its own.
local function show(text, filetype)
  vim.cmd("new")
  vim.api.nvim_buf_set_lines(0, 0, -1, false, vim.split(text, "\n"))
  vim.bo.buftype, vim.bo.bufhidden, vim.bo.modifiable = "nofile", "wipe", false
  vim.bo.filetype = filetype
end

local commands = {}

function commands.explain(client, buffer)
  local here = place(client)
  local argument = { uri = here.textDocument.uri, position = here.position }
  execute(client, "backend-architect.explain", { argument }, buffer, function(page)
    if page == nil or page == vim.NIL then
      say("nothing is found here")
    else
      local lines = vim.split(page.markdown, "\n")
      vim.lsp.util.open_floating_preview(lines, "markdown", { focus_id = "backend_architect" })
    end
  end)
end

local function safe_repairs(buffer)
  local start = { line = 0, character = 0 }
  return {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    range = { start = start, ["end"] = start },
    context = { only = { FIX_ALL }, diagnostics = {} },
  }
end

function commands.fixall(client, buffer)
  local function apply(action)
    if action.edit then
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
    end
  end
  ask(client, "textDocument/codeAction", safe_repairs(buffer), buffer, function(actions)
    local action = (actions or {})[1]
    if not action then
      say("nothing here is safe to fix without a look at it")
    elseif action.edit then
      apply(action)
    else
      ask(client, "codeAction/resolve", action, buffer, apply)
    end
  end)
end

function commands.diagram(client, buffer)
  execute(client, "backend-architect.showDiagram", {}, buffer, function(text)
    -- Neovim 0.10 and newer open documents when a server asks for it.
    local opens = vim.lsp.protocol.make_client_capabilities().window.showDocument.support
    if text ~= "" and not opens then
      show(text, "mermaid")
    end
  end)
end

local function insert(client, buffer, item)
  local expands = item.insertTextFormat == vim.lsp.protocol.InsertTextFormat.Snippet
  local edits = { { range = item.textEdit.range, newText = expands and "" or item.textEdit.newText } }
  vim.list_extend(edits, item.additionalTextEdits or {})
  vim.lsp.util.apply_text_edits(edits, buffer, client.offset_encoding)
  if expands then
    -- Its place reaches to the end of the line.
    vim.cmd("startinsert!")
    vim.schedule(function()
      vim.snippet.expand(item.textEdit.newText)
    end)
  end
end

function commands.snippets(client, buffer)
  ask(client, "textDocument/completion", place(client), buffer, function(result)
    local items = result and result.items or {}
    if #items == 0 then
      say("no snippet fits here; they stand on lines of their own")
      return
    end
    local options = {
      prompt = "Snippet:",
      format_item = function(item)
        return item.label .. "  " .. (item.detail or "")
      end,
    }
    vim.ui.select(items, options, function(item)
      if item then
        ask(client, "completionItem/resolve", item, buffer, function(whole)
          insert(client, buffer, whole)
        end)
      end
    end)
  end)
end

local function stop(client)
  if vim.fn.has("nvim-0.11") == 1 then
    client:stop()
  else
    client.stop()
  end
end

function commands.restart()
  local main = require("backend_architect")
  vim.tbl_map(stop, main.clients())
  local stopped = vim.wait(3000, function()
    return #main.clients() == 0
  end, 20)
  if stopped then
    main.start()
  else
    say("the server does not end; end it by hand, and it is started again")
  end
end

function commands.info(client, buffer)
  execute(client, "backend-architect.showInformation", {}, buffer, function(text)
    show(text, "text")
  end)
end

local function complete(lead)
  local names = vim.tbl_keys(commands)
  table.sort(names)
  return vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, names)
end

local function run(name, buffer)
  local client = require("backend_architect").clients(buffer)[1]
  if not commands[name] then
    say(("%s is none of %s"):format(name, table.concat(complete(""), ", ")))
  elseif client then
    commands[name](client, buffer)
  else
    say("the server does not run here; :checkhealth backend_architect says more")
  end
end

--- Makes all safe repairs of a buffer at once, for an autocommand on BufWritePre (0.11 and newer).
function M.fix_before_writing(buffer)
  local client = require("backend_architect").clients(buffer)[1]
  if not client then
    return
  end
  local function answer(method, params)
    return (client:request_sync(method, params, 1000, buffer) or {}).result
  end
  local action = (answer("textDocument/codeAction", safe_repairs(buffer)) or {})[1]
  action = action and not action.edit and answer("codeAction/resolve", action) or action
  if action and action.edit then
    vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
  end
end

--- Gives a buffer the command.
function M.add(buffer)
  vim.api.nvim_buf_create_user_command(buffer, "BackendArchitect", function(call)
    run(call.args, vim.api.nvim_get_current_buf())
  end, { nargs = 1, complete = complete, desc = "Explain, repair, show: see :help backend-architect" })
end

return M

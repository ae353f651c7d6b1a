-- Starts a server again that ended by itself, a little later each time, and says so.
local M = {}

-- Milliseconds before each attempt; after the last one it is left to the person.
local PAUSES = { 100, 400, 1600, 6400 }

-- A server that ran for so many milliseconds is well: what it did before is forgotten.
local WELL = 60000

local TERMINATED = 15

--- A handler for the end of a server that starts it again with `start`.
function M.on_exit(start)
  local attempts = 0
  local last = 0
  -- Servers of several folders may end together; one start is for all of them.
  local waiting = false
  return function(code, signal)
    -- Whoever asks a server to end gets 0 or its termination.
    if code == 0 and (signal == 0 or signal == TERMINATED) then
      return
    end
    if waiting then
      return
    end
    local now = vim.loop.now()
    attempts = now - last > WELL and 1 or attempts + 1
    last = now
    local pause = PAUSES[attempts]
    waiting = pause ~= nil
    vim.schedule(function()
      if vim.v.exiting ~= vim.NIL then
        return
      end
      if not pause then
        vim.notify(
          "backend-architect ended " .. attempts .. " times; :checkhealth backend_architect says more",
          vim.log.levels.ERROR
        )
        return
      end
      if attempts == 1 then
        vim.notify("backend-architect ended by itself and is started again", vim.log.levels.WARN)
      end
      vim.defer_fn(function()
        waiting = false
        start()
      end, pause)
    end)
  end
end

return M

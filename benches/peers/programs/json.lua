local byte, sub = string.byte, string.sub
local null = {}
local text, at
local value

local function space()
  while true do
    local c = byte(text, at)
    if not c or c > 32 then return end
    at = at + 1
  end
end

local function str()
  at = at + 1
  local from, whole = at, ""
  while true do
    local c = byte(text, at)
    if c == 34 then break end
    if c == 92 then
      whole = whole .. sub(text, from, at - 1)
      at = at + 1
      if byte(text, at) == 110 then
        whole = whole .. "\n"
        from = at + 1
      else
        from = at
      end
    end
    at = at + 1
  end
  local rest = sub(text, from, at - 1)
  at = at + 1
  return whole .. rest
end

local function number()
  local from = at
  while true do
    local c = byte(text, at)
    if not c or c == 44 or c == 93 or c == 125 then break end
    at = at + 1
  end
  return tonumber(sub(text, from, at - 1))
end

local function list()
  local items = { list = true }
  at = at + 1
  space()
  while byte(text, at) ~= 93 do
    items[#items + 1] = value()
    space()
    if byte(text, at) == 44 then
      at = at + 1
      space()
    end
  end
  at = at + 1
  return items
end

local function object()
  local fields = {}
  at = at + 1
  space()
  while byte(text, at) ~= 125 do
    local key = str()
    space()
    at = at + 1
    space()
    fields[key] = value()
    space()
    if byte(text, at) == 44 then
      at = at + 1
      space()
    end
  end
  at = at + 1
  return { fields = fields }
end

function value()
  local c = byte(text, at)
  if c == 123 then return object() end
  if c == 91 then return list() end
  if c == 34 then return str() end
  if c == 116 then at = at + 4; return true end
  if c == 102 then at = at + 5; return false end
  if c == 110 then at = at + 4; return null end
  return number()
end

local function sum(json)
  local kind = type(json)
  if kind == "number" then return json end
  if kind == "string" then return #json end
  if kind == "boolean" then return json and 3.0 or 2.0 end
  if json == null then return 1.0 end
  local total = 1.0
  if json.list then
    for i = 1, #json do total = total + sum(json[i]) end
  else
    for key, field in pairs(json.fields) do total = total + #key + sum(field) end
  end
  return total
end

function main()
  local record = '{"id": 1234, "name": "Ada Lovelace", "tags": ["one", "two", "say \\"hi\\"\\n"], "score": 12.5, "ok": true, "bad": false, "none": null, "at": {"x": -4, "y": 0.25}}'
  text, at = "[" .. string.rep(record .. ",\n", 6999) .. record .. "]", 1
  return sum(value())
end

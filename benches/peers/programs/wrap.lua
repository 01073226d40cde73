-- Lua 5.4's integers are 64 bits and wrap.
function main()
  local s = 0
  for i = 0, 9999999 do
    s = s * 31 + i
  end
  return s
end

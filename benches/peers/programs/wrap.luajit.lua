-- Numbers are doubles: keep the low 32 bits, the cheapest way that stays exact.
local tobit = require("bit").tobit

function main()
  local s = 0
  for i = 0, 9999999 do
    s = tobit(s * 31 + i)
  end
  return s
end

function main()
  local m, seed = {}, 1
  for i = 0, 999999 do
    seed = seed * 16807 % 2147483647
    m[seed] = i
  end
  local len = 0
  for _ in pairs(m) do len = len + 1 end
  return len + m[seed]
end

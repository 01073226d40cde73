local function step(s, i)
  if s > i then return s - i end
  return s + i
end

function main()
  local s = 0
  for i = 0, 2999999 do
    s = step(s, i)
  end
  return s
end

function main()
  local s = 0
  for i = 0, 9999999 do
    s = (s * 31 + i) % 1000003
  end
  return s
end

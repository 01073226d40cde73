function main()
  local pieces = {}
  for i = 0, 999999 do
    pieces[#pieces + 1] = tostring(i % 1000)
  end
  return #table.concat(pieces)
end

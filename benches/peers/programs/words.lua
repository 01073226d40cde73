local function text()
  local part, seed = {}, 1
  for i = 0, 3999 do
    seed = seed * 16807 % 2147483647
    part[#part + 1] = "w" .. string.format("%d", seed % 2000 * 7) .. (i % 10 == 9 and "\n" or " ")
  end
  return string.rep(table.concat(part), 50)
end

function main()
  local counts = {}
  for word in string.gmatch(text(), "%S+") do
    counts[word] = (counts[word] or 0) + 1
  end
  local total = 0
  for word, n in pairs(counts) do
    total = total + 1 + n * n + #word
  end
  return total
end

function main()
  local xs, seed = {}, 1
  for i = 1, 1000000 do
    seed = seed * 16807 % 2147483647
    xs[i] = seed
  end
  table.sort(xs)
  local total = 0
  for i = 0, 999999, 1000 do
    total = total + xs[i + 1] % 1000 * (i % 7)
  end
  return total
end

-- Lists start at 1, so every index is one higher than in the other languages.
function main()
  local n = 128
  local a, b, c = {}, {}, {}
  for k = 0, n * n - 1 do
    a[k + 1] = (k % 17) * 0.1
    b[k + 1] = (k % 23) * 0.3
    c[k + 1] = 0.0
  end
  for i = 0, n - 1 do
    local row = i * n
    for j = 1, n do
      local s = 0.0
      local column = j - n
      for k = 1, n do
        s = s + a[row + k] * b[k * n + column]
      end
      c[row + j] = s
    end
  end
  local total = 0.0
  for k = 1, n * n do
    total = total + c[k]
  end
  return total
end

function main()
  local total = 0
  for py = 0, 255 do
    local ci = py * 0.01171875 - 1.5
    for px = 0, 255 do
      local cr = px * 0.01171875 - 2.0
      local zr, zi, n = 0.0, 0.0, 0
      while n < 100 do
        local r2 = zr * zr
        local i2 = zi * zi
        if r2 + i2 > 4.0 then break end
        zi = 2.0 * zr * zi + ci
        zr = r2 - i2 + cr
        n = n + 1
      end
      total = total + n
    end
  end
  return total
end

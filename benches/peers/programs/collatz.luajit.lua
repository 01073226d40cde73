-- LuaJIT has no `//`; x is even here, so `/` is exact.
function main()
  local best, best_len = 0, 0
  for n = 1, 299999 do
    local x, len = n, 1
    while x ~= 1 do
      if x % 2 == 0 then
        x = x / 2
      else
        x = 3 * x + 1
      end
      len = len + 1
    end
    if len > best_len then
      best, best_len = n, len
    end
  end
  return best * 1000 + best_len
end

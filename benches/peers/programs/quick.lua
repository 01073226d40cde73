local floor = math.floor

local function sort(xs)
  local waiting = { 1, #xs }
  local top = 2
  while top > 0 do
    local from, to = waiting[top - 1], waiting[top]
    top = top - 2
    local pivot = xs[floor((from + to) / 2)]
    local low, high = from, to
    while low <= high do
      while xs[low] < pivot do low = low + 1 end
      while xs[high] > pivot do high = high - 1 end
      if low <= high then
        xs[low], xs[high] = xs[high], xs[low]
        low = low + 1
        high = high - 1
      end
    end
    if from < high then
      waiting[top + 1], waiting[top + 2] = from, high
      top = top + 2
    end
    if low < to then
      waiting[top + 1], waiting[top + 2] = low, to
      top = top + 2
    end
  end
end

function main()
  local xs, seed = {}, 1
  for i = 1, 1000000 do
    seed = seed * 16807 % 2147483647
    xs[i] = seed
  end
  sort(xs)
  local total = 0
  for i = 0, 999999, 1000 do
    total = total + xs[i + 1] % 1000 * (i % 7)
  end
  return total
end

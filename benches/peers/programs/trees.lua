local function make(depth)
  if depth == 0 then return {} end
  return { make(depth - 1), make(depth - 1) }
end

local function count(tree)
  local left = tree[1]
  if not left then return 1 end
  return 1 + count(left) + count(tree[2])
end

function main()
  local total = count(make(15))
  local long = make(14)
  for depth = 4, 14, 2 do
    for _ = 1, 2 ^ (18 - depth) do
      total = total + count(make(depth))
    end
  end
  return total + count(long)
end

local sqrt = math.sqrt

local function body(x, y, z, vx, vy, vz, mass)
  return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass }
end

local function bodies()
  return {
    body(0.0, 0.0, 0.0, -0.0003, -0.0029, 0.00001, 39.478),
    body(4.841, -1.16, -0.103, 0.606, 2.812, -0.0252, 0.0377),
    body(8.343, 4.124, -0.403, -1.011, 1.825, 0.0084, 0.0113),
    body(12.894, -15.111, -0.223, 1.083, 0.868, -0.0108, 0.0017),
    body(15.379, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.002),
  }
end

function main()
  local all = bodies()
  local n, dt = #all, 0.01
  for _ = 1, 50000 do
    for i = 1, n do
      local a = all[i]
      for j = i + 1, n do
        local b = all[j]
        local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
        local d2 = dx * dx + dy * dy + dz * dz
        local mag = dt / (d2 * sqrt(d2))
        local mi, mj = a.mass * mag, b.mass * mag
        a.vx = a.vx - dx * mj
        a.vy = a.vy - dy * mj
        a.vz = a.vz - dz * mj
        b.vx = b.vx + dx * mi
        b.vy = b.vy + dy * mi
        b.vz = b.vz + dz * mi
      end
    end
    for i = 1, n do
      local a = all[i]
      a.x = a.x + dt * a.vx
      a.y = a.y + dt * a.vy
      a.z = a.z + dt * a.vz
    end
  end
  local energy = 0.0
  for i = 1, n do
    local b = all[i]
    energy = energy + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
  end
  return energy
end

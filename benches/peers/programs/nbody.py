from math import sqrt


class Body:
    __slots__ = ("x", "y", "z", "vx", "vy", "vz", "mass")

    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx, vy, vz
        self.mass = mass


def main():
    bodies = [
        Body(0.0, 0.0, 0.0, -0.0003, -0.0029, 0.00001, 39.478),
        Body(4.841, -1.16, -0.103, 0.606, 2.812, -0.0252, 0.0377),
        Body(8.343, 4.124, -0.403, -1.011, 1.825, 0.0084, 0.0113),
        Body(12.894, -15.111, -0.223, 1.083, 0.868, -0.0108, 0.0017),
        Body(15.379, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.002),
    ]
    n, dt = len(bodies), 0.01
    for _ in range(50000):
        for i in range(n):
            a = bodies[i]
            for j in range(i + 1, n):
                b = bodies[j]
                dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
                d2 = dx * dx + dy * dy + dz * dz
                mag = dt / (d2 * sqrt(d2))
                mi, mj = a.mass * mag, b.mass * mag
                a.vx -= dx * mj
                a.vy -= dy * mj
                a.vz -= dz * mj
                b.vx += dx * mi
                b.vy += dy * mi
                b.vz += dz * mi
        for a in bodies:
            a.x += dt * a.vx
            a.y += dt * a.vy
            a.z += dt * a.vz
    energy = 0.0
    for b in bodies:
        energy += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
    return energy

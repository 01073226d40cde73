class Body {
  constructor(x, y, z, vx, vy, vz, mass) {
    this.x = x; this.y = y; this.z = z;
    this.vx = vx; this.vy = vy; this.vz = vz;
    this.mass = mass;
  }
}

function bodies() {
  return [
    new Body(0.0, 0.0, 0.0, -0.0003, -0.0029, 0.00001, 39.478),
    new Body(4.841, -1.16, -0.103, 0.606, 2.812, -0.0252, 0.0377),
    new Body(8.343, 4.124, -0.403, -1.011, 1.825, 0.0084, 0.0113),
    new Body(12.894, -15.111, -0.223, 1.083, 0.868, -0.0108, 0.0017),
    new Body(15.379, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.002),
  ];
}

function main() {
  const all = bodies(), n = all.length, dt = 0.01;
  for (let step = 0; step < 50000; step++) {
    for (let i = 0; i < n; i++) {
      const a = all[i];
      for (let j = i + 1; j < n; j++) {
        const b = all[j];
        const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
        const d2 = dx * dx + dy * dy + dz * dz;
        const mag = dt / (d2 * Math.sqrt(d2));
        const mi = a.mass * mag, mj = b.mass * mag;
        a.vx -= dx * mj; a.vy -= dy * mj; a.vz -= dz * mj;
        b.vx += dx * mi; b.vy += dy * mi; b.vz += dz * mi;
      }
    }
    for (let i = 0; i < n; i++) {
      const a = all[i];
      a.x += dt * a.vx; a.y += dt * a.vy; a.z += dt * a.vz;
    }
  }
  let energy = 0.0;
  for (const b of all) energy += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz);
  return energy;
}

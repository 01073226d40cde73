function main() {
  let total = 0;
  for (let py = 0; py < 256; py++) {
    const ci = py * 0.01171875 - 1.5;
    for (let px = 0; px < 256; px++) {
      const cr = px * 0.01171875 - 2.0;
      let zr = 0.0, zi = 0.0, n = 0;
      while (n < 100) {
        const r2 = zr * zr;
        const i2 = zi * zi;
        if (r2 + i2 > 4.0) break;
        zi = 2.0 * zr * zi + ci;
        zr = r2 - i2 + cr;
        n++;
      }
      total += n;
    }
  }
  return total;
}

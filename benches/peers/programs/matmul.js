function main() {
  const n = 128;
  const a = new Float64Array(n * n);
  const b = new Float64Array(n * n);
  const c = new Float64Array(n * n);
  for (let k = 0; k < n * n; k++) {
    a[k] = (k % 17) * 0.1;
    b[k] = (k % 23) * 0.3;
  }
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < n; j++) {
      let s = 0.0;
      for (let k = 0; k < n; k++) {
        s += a[row + k] * b[k * n + j];
      }
      c[row + j] = s;
    }
  }
  let total = 0.0;
  for (let k = 0; k < n * n; k++) {
    total += c[k];
  }
  return total;
}

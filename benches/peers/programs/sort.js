function main() {
  const xs = new Float64Array(1000000);
  let seed = 1;
  for (let i = 0; i < 1000000; i++) {
    seed = seed * 16807 % 2147483647;
    xs[i] = seed;
  }
  xs.sort();
  let total = 0;
  for (let i = 0; i < 1000000; i += 1000) total += xs[i] % 1000 * (i % 7);
  return total;
}

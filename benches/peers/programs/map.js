function main() {
  const m = new Map();
  let seed = 1;
  for (let i = 0; i < 1000000; i++) {
    seed = seed * 16807 % 2147483647;
    m.set(seed, i);
  }
  return m.size + m.get(seed);
}

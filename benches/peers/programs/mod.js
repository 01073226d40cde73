function main() {
  let s = 0;
  for (let i = 0; i < 10000000; i++) {
    s = (s * 31 + i) % 1000003;
  }
  return s;
}

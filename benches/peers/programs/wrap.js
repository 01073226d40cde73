// Numbers are doubles: keep the low 32 bits (`s * 31 + i` is below 2^37 in size, so exact).
function main() {
  let s = 0;
  for (let i = 0; i < 10000000; i++) {
    s = (s * 31 + i) | 0;
  }
  return s;
}

function main() {
  let s = "";
  for (let i = 0; i < 1000000; i++) s += String(i % 1000);
  return s.length;
}

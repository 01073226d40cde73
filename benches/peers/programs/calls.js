function step(s, i) {
  return s > i ? s - i : s + i;
}

function main() {
  let s = 0;
  for (let i = 0; i < 3000000; i++) {
    s = step(s, i);
  }
  return s;
}

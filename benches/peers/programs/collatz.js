function main() {
  let best = 0, bestLen = 0;
  for (let n = 1; n < 300000; n++) {
    let x = n, len = 1;
    while (x !== 1) {
      if (x % 2 === 0) {
        x = x / 2;
      } else {
        x = 3 * x + 1;
      }
      len++;
    }
    if (len > bestLen) {
      best = n;
      bestLen = len;
    }
  }
  return best * 1000 + bestLen;
}

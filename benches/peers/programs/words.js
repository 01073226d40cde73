function text() {
  let part = "", seed = 1;
  for (let i = 0; i < 4000; i++) {
    seed = seed * 16807 % 2147483647;
    part += "w" + (seed % 2000 * 7) + (i % 10 === 9 ? "\n" : " ");
  }
  return part.repeat(50);
}

function main() {
  const counts = new Map();
  for (const word of text().trim().split(/\s+/)) counts.set(word, (counts.get(word) || 0) + 1);
  let total = counts.size;
  for (const [word, n] of counts) total += n * n + word.length;
  return total;
}

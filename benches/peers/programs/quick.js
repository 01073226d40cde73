function sort(xs) {
  const waiting = [[0, xs.length - 1]];
  while (waiting.length > 0) {
    const [from, to] = waiting.pop();
    const pivot = xs[(from + to) >> 1];
    let low = from, high = to;
    while (low <= high) {
      while (xs[low] < pivot) low++;
      while (xs[high] > pivot) high--;
      if (low <= high) {
        const kept = xs[low];
        xs[low] = xs[high];
        xs[high] = kept;
        low++;
        high--;
      }
    }
    if (from < high) waiting.push([from, high]);
    if (low < to) waiting.push([low, to]);
  }
}

function main() {
  const xs = new Float64Array(1000000);
  let seed = 1;
  for (let i = 0; i < 1000000; i++) {
    seed = seed * 16807 % 2147483647;
    xs[i] = seed;
  }
  sort(xs);
  let total = 0;
  for (let i = 0; i < 1000000; i += 1000) total += xs[i] % 1000 * (i % 7);
  return total;
}

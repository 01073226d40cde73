class Node {
  constructor(left, right) { this.left = left; this.right = right; }
}

function make(depth) {
  return depth === 0 ? new Node(null, null) : new Node(make(depth - 1), make(depth - 1));
}

function count(tree) {
  return tree.left === null ? 1 : 1 + count(tree.left) + count(tree.right);
}

function main() {
  let total = count(make(15));
  const long = make(14);
  for (let depth = 4; depth < 15; depth += 2) {
    for (let i = 0; i < 1 << (18 - depth); i++) total += count(make(depth));
  }
  return total + count(long);
}

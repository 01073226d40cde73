def make(depth):
    return (make(depth - 1), make(depth - 1)) if depth else None


def count(tree):
    return 1 + count(tree[0]) + count(tree[1]) if tree else 1


def main():
    total = count(make(15))
    long = make(14)
    for depth in range(4, 15, 2):
        for _ in range(1 << (18 - depth)):
            total += count(make(depth))
    return total + count(long)

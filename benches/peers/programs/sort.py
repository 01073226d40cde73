def main():
    xs, seed = [], 1
    for _ in range(1000000):
        seed = seed * 16807 % 2147483647
        xs.append(seed)
    xs.sort()
    total = 0
    for i in range(0, 1000000, 1000):
        total += xs[i] % 1000 * (i % 7)
    return total

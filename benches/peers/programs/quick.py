def sort(xs):
    waiting = [(0, len(xs) - 1)]
    while waiting:
        start, end = waiting.pop()
        pivot = xs[(start + end) // 2]
        low, high = start, end
        while low <= high:
            while xs[low] < pivot:
                low += 1
            while xs[high] > pivot:
                high -= 1
            if low <= high:
                xs[low], xs[high] = xs[high], xs[low]
                low += 1
                high -= 1
        if start < high:
            waiting.append((start, high))
        if low < end:
            waiting.append((low, end))


def main():
    xs, seed = [], 1
    for _ in range(1000000):
        seed = seed * 16807 % 2147483647
        xs.append(seed)
    sort(xs)
    total = 0
    for i in range(0, 1000000, 1000):
        total += xs[i] % 1000 * (i % 7)
    return total

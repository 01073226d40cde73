def text():
    part, seed = [], 1
    for i in range(4000):
        seed = seed * 16807 % 2147483647
        part.append("w" + str(seed % 2000 * 7) + ("\n" if i % 10 == 9 else " "))
    return "".join(part) * 50


def main():
    counts = {}
    for word in text().split():
        counts[word] = counts.get(word, 0) + 1
    total = len(counts)
    for word, n in counts.items():
        total += n * n + len(word)
    return total

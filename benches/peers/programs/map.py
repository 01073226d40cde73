def main():
    m, seed = {}, 1
    for i in range(1000000):
        seed = seed * 16807 % 2147483647
        m[seed] = i
    return len(m) + m[seed]

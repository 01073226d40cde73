def main():
    pieces = []
    for i in range(1000000):
        pieces.append(str(i % 1000))
    return len("".join(pieces))

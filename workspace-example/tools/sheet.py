"""The mean scan of each digit, as an SVG: a command step with nothing but Python."""

import csv
import sys

source, target = sys.argv[1:]
sums = {digit: [0.0] * 64 for digit in range(10)}
counts = {digit: 0 for digit in range(10)}
with open(source, newline="") as file:
    for row in csv.DictReader(file):
        digit = int(row["digit"])
        counts[digit] += 1
        for at in range(64):
            sums[digit][at] += float(row[f"pixel_{at // 8}_{at % 8}"])

SIZE = 8
with open(target, "w") as file:
    file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{10 * 9 * SIZE}" height="{8 * SIZE}">\n')
    for digit in range(10):
        for at in range(64):
            ink = sums[digit][at] / counts[digit] / 16
            x, y = (digit * 9 + at % 8) * SIZE, at // 8 * SIZE
            file.write(f'<rect x="{x}" y="{y}" width="{SIZE}" height="{SIZE}" fill-opacity="{ink:.3f}"/>\n')
    file.write("</svg>\n")

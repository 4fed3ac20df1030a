"""The JPEG files beside this one; `python3 images.py FOLDER`. Pillow writes them."""

import pathlib
import sys

from PIL import Image

FOLDER = pathlib.Path(sys.argv[1])
SIZE = (16, 8)


def pixels(channels):
    width, height = SIZE
    steps = [(15, 3, 1), (2, 25, 7), (9, 11, 40), (5, 5, 5)][:channels]
    values = [tuple((a * x + b * y + c) % 256 for a, b, c in steps)
              for y in range(height) for x in range(width)]
    return values if channels > 1 else [value for value, in values]


def save(name, mode, channels, **options):
    image = Image.new(mode, SIZE)
    image.putdata(pixels(channels))
    image.save(FOLDER / f"{name}.jpg", quality=90, **options)


FOLDER.mkdir(exist_ok=True)
save("colour", "RGB", 3, subsampling="4:2:0")
save("grey-progressive", "L", 1, progressive=True)
save("cmyk", "CMYK", 4)

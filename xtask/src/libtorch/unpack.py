"""Takes the named libraries and every header from a torch wheel.

usage: unpack.py WHEEL TORCH LIBRARY..

Writes TORCH/lib and TORCH/include, byte for byte as in the wheel.
"""

import pathlib
import shutil
import sys
import zipfile

wheel, torch, *libraries = sys.argv[1:]
wanted = {f"torch/lib/{library}" for library in libraries}
found = set()
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        is_header = member.filename.startswith("torch/include/") and not member.is_dir()
        if not is_header and member.filename not in wanted:
            continue
        path = pathlib.Path(torch, *member.filename.split("/")[1:])
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        found.add(member.filename)
missing = sorted(wanted - found)
if missing:
    sys.exit(f"{wheel} has no {', '.join(missing)}")

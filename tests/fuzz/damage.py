"""What is done to a file by chance: to its bytes, and to the values that its format holds."""

import copy
import hashlib
import json
import math
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BYTES", "DEEP", "VALUES", "VICTIM", "Damage", "again", "random_damage", "resealed", "written"]

#: A file outside of every run, which nobody may touch.
VICTIM = "victim"
DEEP = "[" * 100_000 + "]" * 100_000
#: In the place of any value.
VALUES = [
    None, True, False, -1, 0, 1, 2**63, 10**30, 10**400, 1e308, -0.5, math.nan, math.inf, "", "x", "\ud800", "\0",
    "x" * 5000, [], {}, [None], [[]], {"": None}, [1, "x"],
]  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """A change of a file, by name. ``honest``: a checksum still fits what it says, so that nobody can notice."""

    name: str
    change: Callable[[Path], None]
    honest: bool = False


def bytewise(change: Callable[[bytes, random.Random], bytes]) -> Callable[[Path, random.Random], None]:
    """A change of a file from one of its bytes."""
    return lambda file, rng: written(file, change(file.read_bytes(), rng))


def written(file: Path, data: bytes) -> None:
    """Put other bytes into a file."""
    file.write_bytes(data)


def _flip(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 8])):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def _change(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice([1, 4, 32])):
        made[rng.randrange(len(made))] = rng.choice([0, 0x22, 0x2C, 0x0A, 0x5B, 0xFF, 0x2D, 0x39, rng.randrange(256)])
    return bytes(made)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.choice([0, 1, 7, 8, 9, len(data) - 1, rng.randrange(len(data))])]


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    more = rng.choice([b"\0", b"\n", b'"', b",", b"\xff\xfe", b"[", rng.randbytes(20), b"9" * 400, b"\xed\xa0\x80"])
    return data[:at] + more + data[at:]


def _double(data: bytes, rng: random.Random) -> bytes:
    a, b = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return rng.choice([data + data, data[:b] + data[a:b] + data[b:], data[:a] + data[b:]])


BYTES = {name.strip("_"): bytewise(change) for name, change in
         {"flip": _flip, "change": _change, "cut": _cut, "insert": _insert, "double": _double}.items()}  # fmt: skip


# ---- what formats hold


def _replaced(value, rng: random.Random):
    """A document with one of its values replaced, left out or put in twice."""
    made = copy.deepcopy(value)
    places = []

    def visit(part) -> None:
        for key in part if isinstance(part, dict) else range(len(part)):
            places.append((part, key))
            if isinstance(part[key], dict | list):
                visit(part[key])

    if isinstance(made, dict | list):
        visit(made)
    if not places:
        return rng.choice(VALUES)
    part, key = rng.choice(places)
    what = rng.choice(["value", "value", "value", "out", "twice", "renamed"])
    if what == "out":
        del part[key]
    elif what == "twice" and isinstance(part, list):
        part.insert(key, part[key])
    elif what == "renamed" and isinstance(part, dict):
        part[f"{key}x"] = part.pop(key)
    else:
        part[key] = copy.deepcopy(rng.choice(VALUES))
    return made


def _json(file: Path, rng: random.Random) -> None:
    file.write_text(json.dumps(_replaced(json.loads(file.read_text()), rng)))


def _lines(file: Path, rng: random.Random) -> None:
    lines = file.read_text().splitlines()
    at = rng.randrange(len(lines))
    lines[at] = json.dumps(_replaced(json.loads(lines[at]), rng))
    file.write_text("\n".join(lines) + "\n")


_TOML = ["-1", "0", "1e999", "nan", '""', '"x"', "[]", "{}", "true", "9" * 30, "'''", '"\\ud800"', "1979-05-27", "[1]",
         '"runs"', "2"]  # fmt: skip


def _toml(file: Path, rng: random.Random) -> None:
    lines = file.read_text().splitlines()
    said = [n for n, line in enumerate(lines) if "=" in line and not line.startswith("#")]
    at = rng.choice(said)
    key = lines[at].partition("=")[0]
    lines[at] = rng.choice([f"{key}= {rng.choice(_TOML)}"] * 5 + ["", lines[at] + "\n" + lines[at], f"[{key.strip()}]"])
    file.write_text("\n".join(lines) + "\n")


def resealed(file: Path, change: Callable[[dict, bytes], bytes | None]) -> None:
    """Change the header and the tensors' bytes of a sealed file, and seal it again."""
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    body = change(header, body) or body
    said = header.get("__metadata__")
    if isinstance(said, dict):
        said.pop("sha256", None)
        whole = json.dumps({**header, "__metadata__": said}, sort_keys=True).encode() + body
        said["sha256"] = hashlib.sha256(whole).hexdigest()
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + body)


def _facts(file: Path, rng: random.Random) -> None:
    """Another value in the JSON of the metadata."""

    def change(header: dict, body: bytes) -> None:
        said = header["__metadata__"]
        key = rng.choice([k for k in said if k not in ("sha256", "undertow")])
        try:
            said[key] = json.dumps(_replaced(json.loads(said[key]), rng))
        except ValueError:
            said[key] = rng.choice(["", "null", "{", DEEP])

    resealed(file, change)


def _header(file: Path, rng: random.Random) -> None:
    """Another dtype, shape, offset or name of a tensor; or one that is gone."""

    def change(header: dict, body: bytes) -> None:
        names = [name for name in header if name != "__metadata__"]
        name, other = rng.choice(names), rng.choice(names)
        tensor = header[name]
        what = rng.choice(["dtype", "shape", "offset", "gone", "swap", "junk", "renamed"])
        if what == "dtype":
            tensor["dtype"] = rng.choice(["I32", "BF16", "F64", "BOOL", "I64", "U8", "X9", None])
        elif what == "shape":
            tensor["shape"] = rng.choice(
                [[], [0], tensor["shape"][::-1], [*tensor["shape"], 1], [2**62, 4], [-1], None]
            )
        elif what == "offset":
            tensor["data_offsets"] = rng.choice([[0, 4], [4, 0], header[other]["data_offsets"], [0, 2**63], None])
        elif what == "gone":
            del header[name]
        elif what == "swap":
            header[name], header[other] = header[other], header[name]
        elif what == "renamed":
            header[name + rng.choice(["", ".x", "\ud800"])] = header.pop(name)
        else:
            header[name] = rng.choice(VALUES)

    resealed(file, change)


def _numbers(file: Path, rng: random.Random) -> None:
    """Other numbers in the tensors: NaN, infinite, huge."""

    def change(header: dict, body: bytes) -> bytes:
        name = rng.choice([name for name in header if name != "__metadata__"])
        start, stop = header[name]["data_offsets"]
        piece = rng.choice([b"\x00\x00\xc0\x7f", b"\xff\xff\xff\xff", b"\x00\x00\x80\x7f", b"\xff\xff\x7f\x7f"])
        count = stop - start
        return body[:start] + (piece * count)[:count] + body[stop:]

    resealed(file, change)


def _cells(file: Path, rng: random.Random) -> None:
    """Another cell, or another line, of a table of text."""
    lines = file.read_text().splitlines()
    at, sign = rng.randrange(len(lines)), "\t" if file.suffix == ".tsv" else ","
    cells = lines[at].split(sign)
    cells[rng.randrange(len(cells))] = rng.choice(
        ["", '"', "x" * 2000, "inf", "nan", "1e999", "-", "9" * 40, "\ufeff", "2024-13-45", "\r", "'", "NULL", "\x07",
         "\u202e", "0x1p3", "1_0", "99999-01-01 00:00", "0001-01-01 00:00"]
    )  # fmt: skip
    lines[at] = rng.choice([sign.join(cells)] * 4 + [lines[at] + sign, "", lines[at][:-1]])
    file.write_text(rng.choice(["\n", "\n", "\r\n", "\r"]).join(lines))


def _structured(file: Path) -> list[tuple[str, Callable[[Path, random.Random], None], bool]]:
    match file.suffix:
        case ".safetensors":
            return [("facts", _facts, True), ("header", _header, True), ("numbers", _numbers, True)]
        case ".json":
            return [("value", _json, False)]
        case ".jsonl":
            return [("value", _lines, False)]
        case ".toml":
            return [("value", _toml, False)]
        case ".csv" | ".tsv":
            return [("cell", _cells, False)]
    return []


def random_damage(file: Path, rng: random.Random) -> Damage:
    """A change of the file, by chance."""
    ways = _structured(file)
    if ways and rng.random() < 0.6:
        name, change, honest = rng.choice(ways)
    else:
        name, honest = rng.choice(list(BYTES)), False
        change = BYTES[name]
    seed = rng.randrange(2**32)
    return Damage(f"{name} {seed}", lambda path: change(path, random.Random(seed)), honest)


def again(file: Path, name: str) -> Damage:
    """A change that was made by chance, by its name."""
    way, seed = name.split()
    ways = {n: (c, honest) for n, c, honest in _structured(file)} | {n: (c, False) for n, c in BYTES.items()}
    change, honest = ways[way]
    return Damage(name, lambda path: change(path, random.Random(int(seed))), honest)

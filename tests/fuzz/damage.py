"""What is done to a file: bytes at random, values at random in what its format holds, and a fixed list of the worst."""

import copy
import hashlib
import json
import math
import os
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["BYTES", "Damage", "listed", "random_damage", "resealed"]

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
    return lambda file, rng: _write(file, change(file.read_bytes(), rng))


def _write(file: Path, data: bytes) -> None:
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


# ---- the worst of each format


def _text(content: str | bytes) -> Callable[[Path], None]:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return lambda file: _write(file, data)


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _zeros(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


def _vast(file: Path) -> None:
    os.truncate(file, 1 << 42)


def _unreadable_header(length: int) -> Callable[[Path], None]:
    return lambda file: _write(file, struct.pack("<Q", length) + file.read_bytes()[8:])


def _metadata(value) -> Callable[[Path], None]:
    def change(header: dict, body: bytes) -> None:
        header["__metadata__"] = value

    return lambda file: resealed(file, change)


def _all_facts(value: str) -> Callable[[Path], None]:
    def change(header: dict, body: bytes) -> None:
        for key in header["__metadata__"]:
            if key not in ("format", "undertow"):
                header["__metadata__"][key] = value

    return lambda file: resealed(file, change)


def _fact(key: str, value) -> Callable[[Path], None]:
    def change(header: dict, body: bytes) -> None:
        header["__metadata__"][key] = json.dumps(value)

    return lambda file: resealed(file, change)


def _model_option(key: str, value) -> Callable[[Path], None]:
    def change(header: dict, body: bytes) -> None:
        said = json.loads(header["__metadata__"]["model"])
        header["__metadata__"]["model"] = json.dumps({**said, key: value})

    return lambda file: resealed(file, change)


def _watched(header: dict, body: bytes) -> bytes:
    for name, tensor in header.items():
        if name.startswith("flow."):
            start, stop = tensor["data_offsets"]
            body = body[:start] + b"\x00\x00\xc0\x7f" * ((stop - start) // 4) + body[stop:]
    return body


def _appended(line: str | bytes) -> Callable[[Path], None]:
    data = line if isinstance(line, bytes) else line.encode()
    return lambda file: _write(file, data + b"\n" + file.read_bytes())


_ANY = [
    Damage("empty", _text(b"")), Damage("not UTF-8", _text(b"\xff\xfe\x00caf\xe9\n" * 3)), Damage("a FIFO", _fifo),
    Damage("/dev/zero", _zeros), Damage("a folder", _folder), Damage("a link to itself", _loop),
    Damage("4 TiB", _vast), Damage("zeros", _text(b"\0" * 1000)),
]  # fmt: skip
_JSON = [Damage("nested", _text(DEEP)), *(Damage(f"{v!r:.20}", _text(json.dumps(v))) for v in VALUES)]
_LINE = [
    Damage("a nested line", _appended(DEEP)), Damage("a line not UTF-8", _appended(b'{"event": "caf\xe9"}')),
    Damage("a surrogate", _appended('{"event": "evaluate", "figure": "\\ud800", "\\ud800": 1}')),
    Damage("a line of a sample", _appended('{"event": "sample", "step": 1, "text": "\\ud800"}')),
    *(Damage(f"a {event} without its fields", _appended(json.dumps({"event": event})))
      for event in ("train", "evaluate", "end", "flow", "verdict", "unseen", "sample", None)),
    *(Damage(f"a line {v!r:.20}", _appended(json.dumps(v))) for v in (None, 1, [], "x", {}, 10**400)),
]  # fmt: skip
_SEALED = [
    *(Damage(f"header of {length}", _unreadable_header(length)) for length in (0, 1, 2**31, 2**63, 2**64 - 1)),
    Damage("a nested header", _text(struct.pack("<Q", len(DEEP)) + DEEP.encode())),
    *(Damage(f"__metadata__ {v!r:.20}", _metadata(v), True) for v in ([], "x", None, 1, {"a": 1}, {"format": None})),
    *(Damage(f"facts {v:.10}", _all_facts(v), True) for v in ("null", "", "{}", "[]", '""', "NaN", DEEP)),
    Damage("NaN in the watch", lambda file: resealed(file, _watched), True),
]  # fmt: skip
_MODEL = [
    Damage("no vocabulary", _fact("vocabulary", []), True), Damage("vocabulary null", _fact("vocabulary", None), True),
    Damage('vocabulary ""', _fact("vocabulary", ""), True), Damage("no classes", _fact("classes", []), True),
    Damage("merges of nothing", _fact("merges", {}), True),
    *(Damage(f"{key} {v!r}", _model_option(key, v), True) for key, v in
      (("hidden", 10**12), ("layers", 10**9), ("embedding", 10**12), ("hidden", 2.5), ("cell", "no"),
       ("normalisation", "no"), ("backend", "no"), ("widths", "9" * 20), ("init", "no"), ("new", 1))),
]  # fmt: skip
_TABLES = [
    Damage("a quote", _text('a,b\n"1,2\n' * 200)), Damage("100,000 columns", _text("a," * 100_000 + "\n")),
    Damage("a nested cell", _text('{"s": ' + DEEP + "}\n")), Damage("one line", _text("x" * 3_000_000)),
    Damage("a bomb", lambda file: _bomb(file)), Damage("carriage returns", _text("a,b\r1,2\r3,4\r")),
]  # fmt: skip


def _bomb(file: Path) -> None:
    import zlib

    packer = zlib.compressobj(9, wbits=31)
    member = packer.compress(b"1" * (1 << 24)) + packer.flush()
    file.write_bytes(member * 400)  # of 6.7 GB


def listed(file: Path) -> list[Damage]:
    """The fixed cases of a file."""
    match file.suffix:
        case ".safetensors":
            return [*_ANY, *_SEALED, *(_MODEL if file.name.startswith("model") else [])]
        case ".json":
            return [*_ANY, *_JSON]
        case ".jsonl":
            return [*_ANY, *_LINE] if file.stem in ("metrics", "flow") else [*_ANY, *_TABLES, *_JSON]
        case ".toml":
            return [*_ANY, Damage("nested", _text("a = " + DEEP)), Damage("nested keys", _text("a." * 50_000 + "a = 1")),
                    Damage("nothing but made", _text("[made]\nformat = 1\n")), Damage("made", _text("made = 1\n")),
                    Damage("sections", _text('task = []\ntraining = 1\nmodel = "x"\n[made]\nformat = 1\n')),
                    Damage("inner", _text('task = "own model"\n[made]\nformat = 1\n'))]  # fmt: skip
        case ".txt" if file.name == "samples.txt":
            return [*_ANY, Damage("headings", _text("==== a ====\n" * 50_000)), Damage("signs", _text("=" * 200_000))]
        case ".db":
            return _ANY
    return [*_ANY, *_TABLES]

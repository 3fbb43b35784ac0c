"""The worst that can stand in a file, by its format: a fixed list."""

import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from fuzz.damage import DEEP, VALUES, Damage, resealed, written

__all__ = ["listed"]


def _text(content: str | bytes) -> Callable[[Path], None]:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return lambda file: written(file, data)


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
    return lambda file: written(file, struct.pack("<Q", length) + file.read_bytes()[8:])


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
    return lambda file: written(file, data + b"\n" + file.read_bytes())


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
            return [*_ANY, Damage("nested", _text("a = " + DEEP)),
                    Damage("nested keys", _text("a." * 50_000 + "a = 1")),
                    Damage("nothing but made", _text("[made]\nformat = 1\n")), Damage("made", _text("made = 1\n")),
                    Damage("sections", _text('task = []\ntraining = 1\nmodel = "x"\n[made]\nformat = 1\n')),
                    Damage("inner", _text('task = "own model"\n[made]\nformat = 1\n'))]  # fmt: skip
        case ".txt" if file.name == "samples.txt":
            return [*_ANY, Damage("headings", _text("==== a ====\n" * 50_000)), Damage("signs", _text("=" * 200_000))]
        case ".db":
            return _ANY
    return [*_ANY, *_TABLES]

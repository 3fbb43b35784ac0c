"""What a forger does to a file: each of its fields in turn, in each way, with every checksum made right again.

Unlike :mod:`fuzz.damage`, nothing is left to chance: a place is named by its path in the document, so that a case can
be done again by its name.
"""

import json
import struct
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import tomlkit

from fuzz.damage import DEEP, VICTIM, Damage, resealed
from fuzz.forged_store import of_store

__all__ = ["forged"]

_MARK = "here-stands-the-place"
#: What may stand in the place of a value of JSON, as it is written. Without a text: it is left out.
_JSON = {
    "null": "null", "true": "true", "number": "1", "fraction": "0.5", "text": '"x"', "empty text": '""', "list": "[]",
    "object": "{}", "NaN": "NaN", "infinite": "-Infinity", "huge": "1e308", "400 digits": "9" * 400,
    "2**63": str(2**63), "negative": "-1",
    "nested": DEEP, "surrogate": '"\\ud800"', "zero byte": '"\\u0000"', "not UTF-8": '"\xff"',
    "outside": f'"../../../{VICTIM}"', "long": '"' + "x" * 100_000 + '"', "list of lists": "[[[]], {}]",
}  # fmt: skip
_TOML = {
    "true": "true", "number": "1", "fraction": "0.5", "text": '"x"', "empty text": '""', "list": "[]", "object": "{}",
    "NaN": "nan", "infinite": "-inf", "huge": "1e308", "400 digits": "9" * 400, "2**63": str(2**63), "negative": "-1",
    "nested": DEEP, "surrogate": '"\\ud800"', "zero byte": '"\\u0000"', "not UTF-8": '"\xff"', "date": "1979-05-27",
    "outside": f'"../../../{VICTIM}"', "long": '"' + "x" * 100_000 + '"', "list of lists": "[[[]], {}]",
    "huge number": "9007199254740993",
}  # fmt: skip
_OTHER = ("out", "cut off", "twice")

_Place = tuple[str | int, ...]


def _places(value, at: _Place = ()) -> Iterator[_Place]:
    """Every place in a document; of lists the first and the last item."""
    yield at
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*at, key))
    elif isinstance(value, list):
        for index in sorted({0, len(value) - 1}) if value else ():
            yield from _places(value[index], (*at, index))


def _with(value, place: _Place, new, *, out: bool = False):
    """A document with something else in a place, or without it."""
    if not place:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    if out and len(place) == 1:
        del made[place[0]]
    else:
        made[place[0]] = _with(value[place[0]], place[1:], new, out=out)
    return made


def _at(value, place: _Place):
    for key in place:
        value = value[key]
    return value


def _forged_text(value, place: _Place, way: str, ways: dict[str, str], write: Callable) -> str:
    """A document as text, changed in one place."""
    if way == "out":
        return write(_with(value, place, None, out=True))
    text, mark = write(_with(value, place, _MARK)), json.dumps(_MARK)
    if way == "cut off":
        return text[: text.index(mark)]
    if way == "twice":
        key, was = json.dumps(place[-1]), json.dumps(_at(value, place))
        return text.replace(mark, f"{was}\n{place[-1]} = {was}" if ways is _TOML else f"{was}, {key}: null", 1)
    return text.replace(mark, ways[way], 1)


def _named(value, ways: dict[str, str]) -> Iterator[tuple[str, _Place, str]]:
    """Places and ways, with a name each."""
    for place in _places(value):
        for way in (*ways, *_OTHER):
            if (way in _OTHER and not place) or (way == "twice" and not isinstance(place[-1], str)):
                continue
            yield f"{'/'.join(map(str, place)) or 'all'} = {way}", place, way


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").replace(b"\xc3\xbf", b"\xff")


def _of_json(file: Path) -> list[Damage]:
    value = json.loads(file.read_text())

    def changed(place: _Place, way: str) -> Callable[[Path], None]:
        return lambda path: path.write_bytes(_bytes(_forged_text(value, place, way, _JSON, json.dumps)))

    return [Damage(name, changed(place, way)) for name, place, way in _named(value, _JSON)]


def _of_lines(file: Path) -> list[Damage]:
    """One line of each kind."""
    lines = file.read_text().splitlines()
    kinds = {(e.get("event"), e.get("layer")): number for number, e in enumerate(map(json.loads, lines))}

    def changed(number: int, value, place: _Place, way: str) -> Callable[[Path], None]:
        made = [*lines]
        made[number] = _forged_text(value, place, way, _JSON, json.dumps)
        return lambda path: path.write_bytes(_bytes("\n".join(made) + "\n"))

    return [
        Damage(f"line {number} {name}", changed(number, value, place, way))
        for number in kinds.values()
        for value in [json.loads(lines[number])]
        for name, place, way in _named(value, _JSON)
    ]


def _of_toml(file: Path) -> list[Damage]:
    value = tomllib.loads(file.read_text())

    def changed(place: _Place, way: str) -> Callable[[Path], None]:
        return lambda path: path.write_bytes(_bytes(_forged_text(value, place, way, _TOML, tomlkit.dumps)))

    named = [(name, place, way) for name, place, way in _named(value, _TOML) if place]
    return [Damage(name, changed(place, way)) for name, place, way in named]


# ---- safetensors


def _header(file: Path) -> dict:
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length])


def _of_sealed(file: Path) -> list[Damage]:
    header = _header(file)
    found = [*_of_facts(header["__metadata__"])]
    for name, tensor in header.items():
        if name != "__metadata__":
            found += _of_tensor(name, tensor, header)
    return found


def _facts_changed(key: str, text: str | None) -> Callable[[Path], None]:
    def change(header: dict, body: bytes) -> None:
        if text is None:
            del header["__metadata__"][key]
        else:
            header["__metadata__"][key] = text

    return lambda path: resealed(path, change)


def _of_facts(said: dict[str, str]) -> Iterator[Damage]:
    for key in said:
        if key == "sha256":
            continue
        for way in (None, "", "x", "\ud800", "\0"):
            yield Damage(f"fact {key} {way!r}", _facts_changed(key, way), True)
        for other in (None, 1, [], {}, 10**400):
            yield Damage(f"fact {key} is {other!r:.9}", _facts_changed(key, other), True)
        try:
            value = json.loads(said[key])
        except ValueError:
            continue
        for name, place, way in _named(value, _JSON):
            text = _forged_text(value, place, way, _JSON, json.dumps)
            yield Damage(f"fact {key} {name}", _facts_changed(key, text), True)


def _of_tensor(name: str, tensor: dict, header: dict) -> Iterator[Damage]:
    """Another dtype, shape, place or kind; those that a parser takes too: of as many bytes, of another order."""
    shape, (start, stop) = tensor["shape"], tensor["data_offsets"]
    other = next((t["data_offsets"] for n, t in header.items() if n not in ("__metadata__", name)), [0, 4])
    size = stop - start
    kinds = ("I32", "F16", "F64", "BOOL", "I64", "U8", "F8_E4M3", "no", None, 1)
    changes: dict[str, dict] = {f"dtype {d}": {"dtype": d} for d in kinds}
    changes |= {
        f"shape {s}": {"shape": s}
        for s in (
            [],
            [0],
            shape[::-1],
            [*shape, 1],
            [1, *shape],
            [2**62, 4],
            [2**63, 2],
            [-1],
            None,
            "x",
            [0.5],
            [None],
            {},
        )
    }
    changes |= {
        f"offsets {o}": {"data_offsets": o}
        for o in (
            other,
            [0, 4],
            [stop, start],
            [0, 2**63],
            [2**64, 2**65],
            [start + 1, stop + 1],
            [-4, 4],
            None,
            [],
            [0],
            "x",
            [0.5, 1],
        )
    }
    changes |= {
        "flat": {"shape": [size // 4]}, "as bytes": {"dtype": "U8", "shape": [size]},
        "as halves": {"dtype": "F16", "shape": [*shape, 2]}, "as whole": {"dtype": "I32"},
        "as wide": {"dtype": "F64", "shape": [size // 8]}, "as complex": {"dtype": "C64", "shape": [size // 8]},
        "empty": {"shape": [0], "data_offsets": [start, start]},
    }  # fmt: skip
    for way, change in changes.items():
        yield Damage(f"tensor {name} {way}", _tensor_changed(name, change), True)
    for way in ("out", "null", "list", "renamed", "twice", "extra", "NaN", "infinite", "ones", "huge"):
        yield Damage(f"tensor {name} {way}", _tensor_handled(name, way), True)


def _tensor_changed(name: str, change: dict) -> Callable[[Path], None]:
    def made(header: dict, body: bytes) -> None:
        header[name] = {**header[name], **change}

    return lambda path: resealed(path, made)


_NUMBERS = {"NaN": b"\0\0\xc0\x7f", "infinite": b"\0\0\x80\x7f", "ones": b"\xff" * 4, "huge": b"\xff\xff\x7f\x7f"}


def _tensor_handled(name: str, way: str) -> Callable[[Path], None]:
    def made(header: dict, body: bytes) -> bytes | None:
        start, stop = header[name]["data_offsets"]
        match way:
            case "out":
                del header[name]
                for tensor in header.values():  # the rest moves up, so that a parser sees no gap
                    if tensor.get("data_offsets", [0])[0] >= stop:
                        tensor["data_offsets"] = [at - stop + start for at in tensor["data_offsets"]]
                return body[:start] + body[stop:]
            case "null":
                header[name] = None
            case "list":
                header[name] = []
            case "renamed":
                header[name + "x"] = header.pop(name)
            case "twice":
                header[name + "x"] = {**header[name], "data_offsets": [len(body), len(body) + stop - start]}
                return body + body[start:stop]
            case "extra":
                header["extra"] = {"dtype": "F32", "shape": [1], "data_offsets": [len(body), len(body) + 4]}
                return body + b"\0" * 4
            case _:
                return body[:start] + (_NUMBERS[way] * (stop - start))[: stop - start] + body[stop:]
        return None

    return lambda path: resealed(path, made)


def forged(file: Path) -> list[Damage]:
    """Every place of a file in every way; nothing for a file that has no places."""
    match file.suffix:
        case ".safetensors":
            return _of_sealed(file)
        case ".json":
            return _of_json(file)
        case ".jsonl":
            return _of_lines(file)
        case ".toml":
            return _of_toml(file)
        case ".db":
            return of_store(file)
    return []

"""The data that ships with Undertow: real, small, with known licences. Their credits are in ``data/CREDITS.md``.

>>> from undertow import examples
>>> examples.frame("names_gender").columns
['name', 'gender']
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from undertow.errors import OptionError, nearest

if TYPE_CHECKING:
    import polars

__all__ = ["EXAMPLES", "Example", "content", "frame", "path"]

_FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Example:
    """A file with data. ``rows`` counts lines of a text, ``sha256`` is that of the file, unpacked.

    ``flags`` are what `undertow train` wants to be told of its columns.
    """

    name: str
    file: str
    rows: int
    about: str
    task: str
    licence: str
    sha256: str
    flags: str = ""


EXAMPLES: Mapping[str, Example] = {
    example.name: example
    for example in (
        Example(
            "names_gender", "names_gender.csv", 8003, "English first names, F or M; no name is both", "classify", "CC0",
            "9bc6fbf75ad55a36b2093c6f1179019564a51b9aaa18aefc6327bd333f79843b",
        ),
        Example(
            "language_id", "language_id.tsv.gz", 3000, "sentences in five languages: language, text (no header)",
            "classify", "public domain", "411c2714208e01249eda5cd15059e3ccb9770e4018c81a9f361d83474f8b194d",
        ),
        Example(
            "digits_8x8", "digits_8x8.csv.gz", 1797, "handwritten digits: 64 pixels, then the digit (no header)",
            "classify", "CC-BY 4.0", "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
            "--label column_65 --features 8",
        ),
        Example(
            "greensboro", "greensboro_tmy3_hourly.csv.gz", 8760, "weather by the hour; months of different years",
            "forecast, reconstruct", "US government",
            "78d4d4615ab20ff4e9b6a7c70dc125776ff26f632562787ef0c70b30c4b783aa",
            "--time none --target temp_c --inputs all --season 24 --horizon 24",
        ),
        Example(
            "sunspots_monthly", "sunspots_monthly.txt", 2820, "sunspots since 1749, one column of numbers", "forecast",
            "facts", "b0f33ce986d435107363c2f135ff3ffec5e6a3e7836a1cef9f409f8150a896d6",
            "--horizon 12",
        ),
        Example(
            "co2_weekly", "co2_weekly_mauna_loa.csv", 2284, "carbon dioxide over Mauna Loa; 59 weeks missing",
            "forecast", "public domain", "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
            "--horizon 52",
        ),
        Example(
            "us_births", "us_births_daily_2000_2014.csv", 5479, "births in the USA by the day, with the weekday",
            "forecast", "CC0", "30d21fc30bdf467bd72c184752844f8cdd401e8e0770a49c212eed1c699d4c90",
            "--target births --horizon 28",
        ),
        Example(
            "airline_passengers", "airline_passengers.csv", 144, "passengers by the month, 1949 to 1960", "forecast",
            "facts", "28af0eb869db6d9fbd31d5af03993a0cbf36c0857c3eb046a068c094b60da851",
            "--horizon 12",
        ),
        Example(
            "en_fr_bible_short", "en_fr_bible_short.tsv.gz", 9734, "short sentences, English and French (no header)",
            "translate", "public domain", "95861aa8d2107807383b4eba82733dd2f792dd2b6338cc562eebe5bb593d8dbf",
        ),
        Example(
            "cmudict_12k", "cmudict_12k.tsv.gz", 12000, "English words and their phonemes (no header)", "translate",
            "BSD-2-Clause (Carnegie Mellon)", "83ea05b093b0c5ec6c7debdec7222dfb151934dc6e0508ede7eeca64c8b2bc11",
            "--source-tokens characters --target-tokens symbols --ignore 012",
        ),
        Example(
            "sensor_singlehop_labelled", "sensor_singlehop_labelled.csv.gz", 18914,
            "humidity and temperature by four sensors; 149 labelled anomalies", "reconstruct", "CC-BY 4.0",
            "d9e373a2b95eb5ed9eacd242ab4f0f4ef86c98bb1d766750eb0d6e60290ecf17",
            "--series mote_id --scaling series --columns humidity,temperature --anomaly label",
        ),
        Example(
            "ecg_mitdb208", "ecg_mitdb208_360hz_5min.npz", 108000, "five minutes of an electrocardiogram, mV at 360 Hz",
            "reconstruct", "ODC-By 1.0", "f20ad3365fb9b7f845d0e5c48b6fe67081377ee466c3a220b7f69f35c8958baf",
            "--columns mv --window 20 --stride 10 --code 4",
        ),
        Example(
            "shakespeare_plays", "shakespeare_plays.txt", 32738, "seven plays by Shakespeare", "text",
            "public domain (CC-BY 2.5)", "118549a2206e51c7fe541ce19ce6cb216b2d6b7ed6446d3504436526df8560dd",
        ),
    )
}  # fmt: skip


def path(name: str) -> Path:
    """The file of an example as it ships, maybe packed: ``read_table`` reads both.

    Raises:
        OptionError: there is no such example; the nearest is suggested.
    """
    return _FOLDER / _example(name).file


def content(name: str) -> tuple[str, bytes]:
    """The name and bytes of an example's file, unpacked; the electrocardiogram becomes a CSV with a column ``mv``.

    Raises:
        OptionError: there is no such example; the nearest is suggested.
    """
    file = path(name)
    if file.suffix == ".npz":
        return f"{file.stem}.csv", frame(name).write_csv().encode()
    raw = file.read_bytes()
    return (file.stem, gzip.decompress(raw)) if file.suffix == ".gz" else (file.name, raw)


def frame(name: str) -> polars.DataFrame:
    """An example as a frame, its columns inferred as for any file: those without a header are ``column_1``, ...

    Raises:
        OptionError: there is no such example; the nearest is suggested.
    """
    file = path(name)
    if file.suffix == ".npz":
        import numpy as np
        import polars as pl

        with np.load(io.BytesIO(file.read_bytes())) as arrays:
            return pl.DataFrame({"mv": ((arrays["ecg"].astype(np.float64) - 1024) / 200).round(3)})
    from undertow.tables.table import read_table

    return read_table(file).frame


def _example(name: str) -> Example:
    if name not in EXAMPLES:
        raise OptionError(f"no data called {name!r} ship with Undertow{nearest(name, EXAMPLES)}")
    return EXAMPLES[name]

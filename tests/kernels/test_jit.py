"""What is compiled: for which processors, with no call to the outside, and once for a machine."""

import multiprocessing
import os
import re
import subprocess
import sys
import time

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from kernels.runs import compiled
from undertow import ours
from undertow.cells import CELLS, lstm
from undertow.kernels import cache, emit, host, jit, matmul, tiles
from undertow.kernels.loops import Lanes

WIDTHS = [*host.available(), host.AARCH64]


def assembly(build, target):
    module = ir.Module("test")
    build(module)
    machine = target.machine()
    parsed = llvm.parse_assembly(str(module))
    parsed.triple, parsed.data_layout = machine.triple, str(machine.target_data)
    return machine.emit_assembly(parsed)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("target", WIDTHS, ids=lambda t: t.name)
def test_nothing_outside_is_called(target, dtype):
    """An unresolved call would not be noticed before it crashes."""
    lanes = Lanes(dtype, target.lanes(dtype), target)
    programs = [
        compiled(CELLS[name]).program(program)
        for name in ("lstm", "gru_reset_before")
        for program in ("forward", "forward_keeping", "backward", "backward_recording", "backward_highway")
    ]
    for build in (lambda m: matmul.emit(m, lanes), *(lambda m, p=p: emit.emit(m, p, lanes) for p in programs)):
        text = assembly(build, target)
        called = set(re.findall(r"^\s*(?:callq?|bl|jmp)\s+([A-Za-z_]\w*)", text, re.MULTILINE))
        assert {c for c in called if not re.match(r"(tile_|pack|multiply|sum_rows|clear|copy)", c)} == set()


def test_objects_for_aarch64_are_emitted():
    lanes = Lanes("float32", 4, host.AARCH64)
    program = compiled(lstm).program("backward")
    code = jit.compile_object(lambda module: emit.emit(module, program, lanes), host.AARCH64)
    assert code[:4] == b"\x7fELF"
    assert code[18:20] == (183).to_bytes(2, "little")  # EM_AARCH64
    assert "fmla" in assembly(lambda module: matmul.emit(module, lanes), host.AARCH64)


def test_micro_kernels_keep_their_sums_in_registers():
    """A tile that does not fit is several times slower: in its inner loop nothing goes to the stack."""
    for target in host.available():
        lanes = Lanes("float32", target.lanes("float32"), target)
        for vectors in range(1, tiles.widest(target) + 1):
            m = tiles.rows(target, vectors)
            module = ir.Module("test")
            tiles._tile(module, lanes, m, vectors)
            text = optimized(module, target)
            for loop in re.findall(
                r"^\.LBB\d+_\d+:(?:(?!^\.LBB).)*?vfmadd.*?j[a-z]+\s", text, re.DOTALL | re.MULTILINE
            ):
                spilled = re.findall(r"vmovup.*?[xyz]mm\d+, -?\d*\(%rsp\)", loop)
                assert spilled == [], f"{target.name} {m}x{vectors}"


def optimized(module, target):
    machine = target.machine()
    parsed = llvm.parse_assembly(str(module))
    parsed.triple, parsed.data_layout = machine.triple, str(machine.target_data)
    jit.optimize(parsed, machine)
    return machine.emit_assembly(parsed)


# ---- the cache


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERTOW_CACHE", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def fetch(built, key="k" * 64, code=b"code"):
    return cache.fetch(key, lambda: built.append(1) or code)


def test_a_kernel_is_built_once(place):
    built = []
    assert [fetch(built), fetch(built)] == [b"code", b"code"]
    assert len(built) == 1
    assert place.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["cut", "flipped", "longer", "foreign", "empty"])
def test_a_broken_or_foreign_entry_is_built_again(place, damage):
    built = []
    fetch(built)
    path = place / f"{'k' * 64}.o"
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[:-1],
            "flipped": data[:-1] + bytes([data[-1] ^ 1]),
            "longer": data + b"x",
            "foreign": data.replace(b"k" * 64, b"j" * 64),
            "empty": b"",
        }[damage]
    )
    assert fetch(built) == b"code"
    assert len(built) == 2
    assert fetch(built) == b"code"
    assert len(built) == 2


def test_a_folder_that_others_can_write_to_is_not_used(place):
    place.mkdir()
    place.chmod(0o777)
    built = []
    with pytest.warns(UserWarning, match="other users can write to"):
        fetch(built)
    fetch(built)
    assert len(built) == 2
    assert list(place.iterdir()) == []


def test_a_folder_that_cannot_be_made_costs_time_alone(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("UNDERTOW_CACHE", str(tmp_path / "file" / "kernels"))
    assert fetch([]) == b"code"


def test_off(monkeypatch):
    monkeypatch.setenv("UNDERTOW_CACHE", "off")
    assert ours.place() is None


# ---- what goes from it


DAY = 86_400


def aged(path, days):
    """A file that was last used so many days ago."""
    if not path.exists():
        path.write_bytes(b"")
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def entry(place, letter):
    return place / f"{letter * 64}.o"


def test_entries_that_were_not_used_for_long_go_when_one_is_made(place):
    for letter in "abc":
        fetch([], letter * 64)
    old, used, recent = (entry(place, letter) for letter in "abc")
    aged(old, 31), aged(used, 31), aged(recent, 29)
    fetch(pytest.fail, "b" * 64)
    aged(place / "tidied", 2)
    fetch([], "d" * 64)
    assert {path.name for path in place.glob("*.o")} == {used.name, recent.name, entry(place, "d").name}
    aged(recent, 31)
    fetch([], "e" * 64)
    assert recent.exists(), "that is looked at once a day"
    assert fetch(pytest.fail, "c" * 64) == b"code"


def test_what_is_not_an_entry_of_this_users_stays(place, tmp_path):
    fetch([], "a" * 64)
    (tmp_path / "dear").write_text("dear")
    os.link(aged(tmp_path / "dear", 99), entry(place, "b"))
    entry(place, "c").symlink_to(tmp_path / "dear")
    entry(place, "d").mkdir()
    os.mkfifo(entry(place, "e"))
    kept = [
        entry(place, "d"),
        entry(place, "e"),
        *(place / n for n in ("notes.o", f"{'A' * 64}.o", "secret", "mine.txt")),
    ]
    for path in kept:
        aged(path, 99)
    gone, young = aged(place / "tmpabc.partial", 2), aged(place / "tmpdef.partial", 0)
    aged(place / "tidied", 2)
    fetch([], "f" * 64)
    assert all(os.path.lexists(path) for path in [*kept, entry(place, "b"), entry(place, "c"), young])
    assert not gone.exists()
    assert (tmp_path / "dear").read_text() == "dear"


TIDIES = """
import os, sys, time
from pathlib import Path
from undertow.kernels import cache
place, built, old = Path(os.environ["UNDERTOW_CACHE"]), 0, time.time() - 40 * 86400
def build(key):
    global built
    built += 1
    return key.encode() * 1000
for turn in range(400):
    key = f"{turn % 7:064x}"
    assert cache.fetch(key, lambda: build(key)) == key.encode() * 1000
    for name in (f"{(turn + 3) % 7:064x}.o", "tidied"):
        try:
            os.utime(place / name, (old, old))
        except FileNotFoundError:
            pass
print(built)
"""


def test_processes_that_tidy_and_use_a_cache_at_once(place):
    """Each makes entries of the other old, and removes what is."""
    environment = {**os.environ, "UNDERTOW_CACHE": str(place)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TIDIES], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in running:
        out, err = process.communicate(timeout=100)
        assert process.returncode == 0, err.decode()
        assert err == b""
        assert int(out) > 20, "entries went and were made again"
    assert list(place.glob("*.partial")) == []


USE = "import torch, undertow; l = undertow.LSTM(3, 20); torch.manual_seed(1); print(l(torch.ones(2, 2, 3))[0].shape)"


def test_several_processes_at_once(place):
    environment = {**os.environ, "UNDERTOW_CACHE": str(place)}
    running = [
        subprocess.Popen([sys.executable, "-c", USE], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
        assert b"[2, 2, 20]" in out
    assert list(place.glob("*.partial")) == []
    assert len(list(place.glob("*.o"))) >= 2


def test_a_hit_emits_nothing(place):
    watch = USE + "; import llvmlite.ir as i; print('modules', i.Module.__init__.count)"
    count = (
        "import llvmlite.ir as i\nold = i.Module.__init__\n"
        "def new(*a, **k):\n    new.count += 1\n    return old(*a, **k)\nnew.count = 0\ni.Module.__init__ = new\n"
    )
    environment = {**os.environ, "UNDERTOW_CACHE": str(place)}
    outputs = [
        subprocess.run([sys.executable, "-c", count + watch], env=environment, capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert b"modules 0" not in outputs[0]
    assert b"modules 0" in outputs[1]


def _child(queue):
    import torch

    import undertow

    queue.put(undertow.LSTM(3, 64)(torch.ones(40, 64, 3))[0][-1, -1, -1].item())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_computes():
    """With the parent's threads started: a child has none of them."""
    import torch

    import undertow

    layer = undertow.LSTM(3, 64)
    layer(torch.ones(40, 64, 3))[0].sum().backward()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(queue,))
    child.start()
    assert isinstance(queue.get(timeout=60), float)
    child.join(30)
    assert child.exitcode == 0

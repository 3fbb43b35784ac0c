"""The wheel: it builds, carries the demo's text, and runs from an environment that holds nothing else of ours."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from undertow.examples import EXAMPLES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


def test_wheel_builds_and_installs(tmp_path):
    subprocess.run([sys.executable, "-m", "build", "--outdir", tmp_path, ROOT], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    data = {file.name for file in (ROOT / "src" / "undertow" / "data").iterdir()}
    assert {"CREDITS.md", "cmudict.LICENSE", *(example.file for example in EXAMPLES.values())} == data
    assert {f"undertow/data/{file}" for file in data} <= set(names)
    assert "undertow/py.typed" in names
    assets = {"report.css", "report.js", "echarts.min.js", "echarts.LICENSE", "echarts.NOTICE", "zrender.LICENSE"}
    assert {f"undertow/report/assets/{asset}" for asset in assets} <= set(names)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel]
    subprocess.run(pip, check=True, capture_output=True)
    run = [venv / "bin" / "undertow", "--version"]
    assert subprocess.run(run, check=True, capture_output=True, text=True, cwd=tmp_path).stdout == "undertow 0.1.0\n"
    (tmp_path / "t.txt").write_text("to be or not to be\n" * 50)
    train = [venv / "bin" / "undertow", "train", "text", "t.txt", "--steps", "3", "--hidden", "8", "--batch", "2"]
    subprocess.run(train, check=True, capture_output=True, cwd=tmp_path)
    report = [venv / "bin" / "undertow", "report", "runs/t-1"]
    subprocess.run(report, check=True, capture_output=True, cwd=tmp_path)
    assert "t-1" in (tmp_path / "runs" / "t-1" / "report.html").read_text()

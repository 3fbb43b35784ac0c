"""No kernel runs that somebody else could have put into the cache. Unchecked, each that is forged here would run."""

import os
import stat

import pytest

from kernels import forging
from kernels.forging import FOLDERS, FORGERIES, STOPPERS
from processes import alone
from undertow.kernels import cache

#: A pipe that is waited for ends a test.
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def scene(tmp_path, monkeypatch):
    (tmp_path / "parent").mkdir()
    return forging.scene(tmp_path, monkeypatch, "parent/kernels")


@pytest.mark.parametrize("name", [name for name in [*FORGERIES, *STOPPERS] if name not in FOLDERS])
def test_no_forged_entry_is_loaded_and_all_are_made_again(scene, name):
    (FORGERIES[name].forge if name in FORGERIES else STOPPERS[name])(scene)
    assert scene.difference() < 1e-12
    assert not {*scene.loaded} & {*scene.forged.values()}
    assert {*scene.genuine.values()} <= {*scene.loaded}
    assert list(scene.place.glob("*.partial")) == []
    if "folder in its place" in name:
        return  # nothing can take its place
    for path in [*scene.entries, scene.place / "secret"]:
        status = path.lstat()
        assert stat.S_ISREG(status.st_mode)
        assert (status.st_uid, status.st_mode & 0o777, status.st_nlink) == (os.geteuid(), 0o600, 1)
    for key, code in scene.genuine.items():
        assert cache.fetch(key, lambda: pytest.fail("it was not put there")) == code


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_others_could_reach_is_not_used_and_that_is_told_once(scene, name):
    FOLDERS[name](scene)
    there = {path: path.read_bytes() for path in scene.place.iterdir()}
    with pytest.warns(UserWarning, match="kernels are not kept in") as told:
        assert scene.difference() < 1e-12
    assert not {*scene.loaded} & {*scene.forged.values()}
    assert {path: path.read_bytes() for path in scene.place.iterdir()} == there, "it is left as it was"
    (only,) = told
    message = str(only.message)
    assert str(scene.place) in message
    assert ("belongs to another user (65534)" if "another's" in name else "other users can write to") in message
    assert "UNDERTOW_CACHE" in message
    if "write" in name:
        assert f"chmod go-w {scene.place.parent if 'parent' in name else scene.place}`" in message


@pytest.mark.parametrize("name", FORGERIES)
def test_it_would_run_if_it_were_not_checked(scene, monkeypatch, name):
    """Otherwise the tests above show nothing: the kind of check that is left out here is all that was in the way."""
    FORGERIES[name].forge(scene)
    FORGERIES[name].without(monkeypatch)
    assert scene.difference() > 0.1
    assert {*scene.forged.values()} <= {*scene.loaded}


GARBAGE = """
import os
from pathlib import Path
import torch, undertow
from undertow.kernels import cache
def call():
    torch.manual_seed(0)
    layer, x = undertow.LSTM(3, 20), torch.randn(4, 2, 3)
    layer(x)[0].sum().backward()
    expected = undertow.LSTM(3, 20, backend="reference")
    expected.load_state_dict(layer.state_dict())
    torch.testing.assert_close(layer(x)[0], expected(x)[0])
call()
"""
FILL = """
for path in Path(os.environ["UNDERTOW_CACHE"]).glob("*.o"):
    data = path.read_bytes()
    key, code = path.stem, bytes(reversed(data.split(b"\\n", 2)[2]))
    path.write_bytes(cache._header(key, code, bytes(32)) + code)
"""


def test_garbage_in_every_entry_leaves_a_process_alive(tmp_path):
    place = tmp_path / "kernels"
    alone(GARBAGE + FILL, UNDERTOW_CACHE=str(place))
    assert len([*place.glob("*.o")]) >= 4
    alone(GARBAGE, UNDERTOW_CACHE=str(place))
    alone(GARBAGE + FILL, UNDERTOW_CACHE=str(place))
    unchecked = "import hmac; hmac.compare_digest = lambda a, b: True\n"
    with pytest.raises(AssertionError, match="ended with"):
        alone(unchecked + GARBAGE, UNDERTOW_CACHE=str(place))

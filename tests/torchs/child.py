"""A pytest plugin for one process of :mod:`torchs.suite`: it runs tests of torch's, on torch's layers or on ours.

Before any test file is imported it puts Undertow's layers in the place of torch's, if it is asked to. A name that a
test file imports and that this torch lacks is stubbed as the file is imported. It selects tests, and it writes a line
of JSON as each begins and as each ends, so that a process that dies tells in which.
"""

from __future__ import annotations

import ast
import faulthandler
import importlib
import importlib.abc
import importlib.util
import inspect
import json
import re
import sys
import types
from collections.abc import Iterator
from contextlib import suppress
from functools import wraps
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

import undertow

#: Layers of torch that ours replace, where there are ours.
NAMES = ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")


# ---- names that this torch lacks


class Missing:
    """Stands for what this torch lacks: a decorator that does nothing, a base class that is none, an empty list, and
    false. A test that needs more of it fails on torch's layers too."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, *arguments: object, **named: object) -> object:
        one = len(arguments) == 1 and not named
        return arguments[0] if one and isinstance(arguments[0], (type, types.FunctionType)) else self

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.__name__}.{name}")

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        return ()

    def __instancecheck__(self, value: object) -> bool:
        return False

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __add__(self, other: object) -> object:
        return other

    __radd__ = __or__ = __ror__ = __add__


def stub(source: str) -> list[str]:
    """Give torch the names that ``source`` imports from it and that it lacks; return them."""
    made = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _of_torch(node.module):
            made += _module(node.module)
            made += [name for alias in node.names for name in _attribute(node.module, alias.name)]
        elif isinstance(node, ast.Import):
            made += [name for alias in node.names if _of_torch(alias.name) for name in _module(alias.name)]
    return made


def _of_torch(name: str | None) -> bool:
    return name is not None and name.split(".")[0] in ("torch", "functorch")


def _module(name: str) -> list[str]:
    """Import it; make the last of it that there is not, as an empty module."""
    try:
        importlib.import_module(name)
    except ImportError:
        parent, _, last = name.rpartition(".")
        made = _module(parent)
        module = types.ModuleType(name)
        module.__path__ = []
        module.__getattr__ = lambda missing: Missing(missing) if not missing.startswith("__") else _no(missing)
        sys.modules[name] = module
        setattr(sys.modules[parent], last, module)
        return [*made, name]
    return []


def _no(name: str) -> object:
    raise AttributeError(name)


def _attribute(module: str, name: str) -> list[str]:
    if name == "*" or hasattr(sys.modules[module], name):
        return []
    try:
        importlib.import_module(f"{module}.{name}")
    except ImportError:
        setattr(sys.modules[module], name, Missing(name))
        return [f"{module}.{name}"]
    return []


class Stubbing(importlib.abc.MetaPathFinder):
    """Finds the modules of one folder, and stubs what each lacks before it runs."""

    def __init__(self, folder: Path, told) -> None:
        self.folder, self.told = folder, told

    def find_spec(self, name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not spec.origin or not Path(spec.origin).is_relative_to(self.folder):
            return None
        load = spec.loader.exec_module

        def exec_module(module):
            for made in stub(Path(spec.origin).read_text(encoding="utf-8")):
                self.told(stub=made)
            _arguments_of_torchs_tests()
            load(module)

        spec.loader.exec_module = exec_module
        return spec


def _arguments_of_torchs_tests() -> None:
    """Let torch read the command line of its tests, ours being none: some files import what that says by default."""
    common = sys.modules.get("torch.testing._internal.common_utils")
    if hasattr(common, "parse_cmd_line_args"):
        kept, sys.argv = sys.argv, sys.argv[:1]
        common.parse_cmd_line_args()
        sys.argv = kept


# ---- layers


def replacements() -> dict[type, type]:
    """Torch's layers, and ours in their place. Undertow reads torch's names here at the latest, before they change."""
    import torch

    return {getattr(torch.nn, name): getattr(undertow, name) for name in NAMES if hasattr(undertow, name)}


def replace(pairs: dict[type, type]) -> None:
    """Put one class in the place of another wherever a module has it, Undertow's own apart."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("undertow"):
            for key, value in list(getattr(module, "__dict__", {}).items()):
                if issubclass(type(value), type) and value in pairs:  # a value may warn of being asked
                    setattr(module, key, pairs[value])


def count(classes: list[type], made: list[type]) -> None:
    """Note in ``made`` each layer that is made from now on."""
    for cls in classes:

        @wraps(cls.__init__)
        def begin(self, *arguments, _begin=cls.__init__, _cls=cls, **named):
            made.append(_cls)
            _begin(self, *arguments, **named)

        cls.__init__ = begin


# ---- the plugin


def sources(function, seen=()) -> Iterator[str]:
    """Its source, and that of the functions that it decorates: in its closure, for not every decorator names them."""
    function = getattr(function, "__func__", function)
    if isinstance(function, types.FunctionType) and function not in seen:
        with suppress(OSError):
            yield inspect.getsource(function.__code__)
        for cell in function.__closure__ or ():
            with suppress(ValueError):  # a cell that is empty
                yield from sources(cell.cell_contents, (*seen, function))


def pytest_addoption(parser):
    group = parser.getgroup("torchs")
    group.addoption("--layers", choices=("torch", "undertow"))
    group.addoption("--select", help="keep tests whose id or source has this pattern")
    group.addoption("--only", help="a file with a JSON list of the ids to keep")
    group.addoption("--limit", type=float, help="seconds for a test, after which the process ends")
    group.addoption("--record", help="the file that lines of JSON go to")
    group.addoption("--folder")


def pytest_configure(config):
    config.pluginmanager.register(Plugin(config), "torchs")


class Plugin:
    """Selects and records the tests of one process."""

    def __init__(self, config) -> None:
        option, self.made = config.option, []
        self.record = Path(option.record)
        self.pattern = re.compile(option.select or "")
        self.only = json.loads(Path(option.only).read_text(encoding="utf-8")) if option.only else None
        sys.path.insert(0, option.folder)
        sys.meta_path.insert(0, Stubbing(Path(option.folder), self.tell))
        pairs = replacements()
        if option.layers == "undertow":
            replace(pairs)
        count(list(pairs.values() if option.layers == "undertow" else pairs), self.made)

    def tell(self, **fact: object) -> None:
        with self.record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(fact) + "\n")

    def chosen(self, item) -> bool:
        """Whether its id or its source mentions what is looked for."""
        return any(map(self.pattern.search, [item.nodeid, *sources(item.function)]))

    def pytest_collection_modifyitems(self, items):
        wanted = None if self.only is None else set(self.only)
        items[:] = [item for item in items if (item.nodeid in wanted if wanted is not None else self.chosen(item))]
        self.tell(selected=[item.nodeid for item in items])

    def pytest_collectreport(self, report):
        if report.failed:
            errors = [line[1:].strip() for line in str(report.longrepr).splitlines() if line.startswith("E ")]
            self.tell(broken=errors[-1] if errors else _line(str(report.longrepr)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.made.clear()
        self.tell(begin=item.nodeid)
        # Not a signal to Python, which what hangs in torch would not hear.
        faulthandler.dump_traceback_later(item.config.option.limit, exit=True, file=sys.__stderr__)
        try:
            return (yield)
        finally:
            faulthandler.cancel_dump_traceback_later()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.failed:
            self.tell(end=item.nodeid, outcome="failed", error=_line(call.excinfo.exconly()), made=len(self.made))
        elif report.skipped:
            self.tell(end=item.nodeid, outcome="skipped", made=len(self.made))
        elif report.when == "call":
            self.tell(end=item.nodeid, outcome="passed", made=len(self.made))
        return report


def _line(text: str) -> str:
    """The first line of an error that says more than its type."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[: 2 if len(lines) > 1 and lines[0].endswith(":") else 1])

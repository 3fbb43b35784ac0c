"""Write docs/cells.md and its pictures from the definitions: ``python docs/make_cells.py`` (tests compare)."""

from pathlib import Path

from undertow.cells import CELLS
from undertow.lang.diagram import cell_svg
from undertow.lang.show import bptt_text, equations_latex, equations_text, parameters_text

HERE = Path(__file__).parent


def page() -> str:
    """The page, as Markdown."""
    parts = [
        "# The cells",
        "Made from the definitions by `docs/make_cells.py`. `x.gate` stands for `W.gate x + b.gate + U.gate h`; "
        "`.input` and `.recurrent` are its halves, `p.name` a weight per unit, `d_v` is dL/dv. "
        "How to write one: [your-own-cell.md](your-own-cell.md).",
        "\n".join(f"- [{name}](#{name}): {cell.summary}" for name, cell in CELLS.items()),
    ]
    for name, cell in CELLS.items():
        rows = [f"| `{n}` | {shape} | {meaning} |" for n, shape, meaning in parameters_text(cell)]
        constants = ", ".join(f"{k} = {v:g}" for k, v in cell.constants.items())
        parts += [
            f"## {name}",
            f"{cell.summary} State: {', '.join(cell.state)}."
            + (f" Constants: {constants}." if constants else "")
            + (f" Roles: {', '.join(f'{role} {gate}' for role, gate in cell.roles.items())}." if cell.roles else ""),
            f"Source: {cell.source}",
            f"```math\n{equations_latex(cell)}\n```",
            "```\n" + "\n".join(equations_text(cell)) + "\n```",
            "Backpropagation through time, one step, derived:",
            "```\n" + "\n".join(bptt_text(cell)) + "\n```",
            "| parameter | shape | |\n|---|---|---|\n" + "\n".join(rows),
            f"![one step of {name}](pictures/cells/{name}.svg)",
        ]
    return "\n\n".join(parts) + "\n"


def pictures() -> dict[str, str]:
    """File names and contents."""
    return {f"{name}.svg": cell_svg(cell) for name, cell in CELLS.items()}


if __name__ == "__main__":
    (HERE / "cells.md").write_text(page())
    folder = HERE / "pictures" / "cells"
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in pictures().items():
        (folder / file).write_text(text)

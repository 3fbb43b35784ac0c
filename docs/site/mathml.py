"""Formulas as MathML, made when the site is: browsers draw it themselves, without a script and without the network."""

from __future__ import annotations

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

__all__ = ["setup"]


def _converted(latex: str, display: str) -> str:
    """LaTeX as MathML; the converter has rows for ``align*`` alone, GitHub for ``aligned`` alone."""
    made: str = convert(latex.replace("{aligned}", "{align*}"), display=display)
    high = "\\frac" in latex or "{cases}" in latex
    return made if high else made.replace('stretchy="true"', 'stretchy="false"')  # few have a font that stretches well


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(_converted(node.astext(), "inline"))
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="formula">{_converted(node.astext(), "block")}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

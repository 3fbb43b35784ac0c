"""Measures and draws note 2: what a hook on an LSTM shows."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import undertow
from notebook import COLOURS, SEEDS, Page, figure, run, spread

T, B, I, H = 24, 16, 8, 32


def hook(lstm, x, which):
    output, _ = lstm(x)
    output.retain_grad()
    output[which].square().sum().backward()
    return output.grad.square().mean((1, 2)).sqrt()  # (T,), root mean square over samples and units


def inside(lstm, x, which):
    with undertow.watch(lstm) as seen:
        lstm(x)[0][which].square().sum().backward()
    by_lag = seen.history[-1].quantities["gradient"]["total"]
    return {state: torch.tensor(sizes).flip(0) for state, sizes in by_lag.items()}  # (T,) each


def loop(lstm, x, which):
    cell = torch.nn.LSTMCell(lstm.input_size, lstm.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): weight for name, weight in lstm.state_dict().items()})
    h = c = x.new_zeros(x.shape[1], lstm.hidden_size)
    states = []
    for step in x:
        h, c = cell(step, (h, c))
        h.retain_grad()
        states.append(h)
    torch.stack(states)[which].square().sum().backward()
    return torch.stack([h.grad for h in states]).square().mean((1, 2)).sqrt()


FIRST = """torch.manual_seed(0)
lstm, x = torch.nn.LSTM(I, H), torch.randn(T, B, I)
print("the last five steps:", hook(lstm, x, which=[-1])[-5:])"""

SECOND = """ours = undertow.LSTM.from_torch(lstm)  # shares its weights
for state, sizes in inside(ours, x, which=[-1]).items():
    print(f"{state}, the last five steps:", sizes[-5:])"""

THIRD = """print("h, the last five steps:", loop(lstm, x, which=[-1])[-5:])"""

ALL = list(range(T))
SETTINGS = {"A fresh LSTM": ([-1], 0.0), "Forget gates open (bias 4)": ([-1], 4.0), "Loss on every step": (ALL, 0.0)}


def measure(seed: int, which: list[int], forget_bias: float) -> dict[str, np.ndarray]:
    """The size of the gradient at each step (T,), three ways."""
    torch.manual_seed(seed)
    lstm, x = torch.nn.LSTM(I, H), torch.randn(T, B, I)
    with torch.no_grad():
        lstm.bias_ih_l0[H : 2 * H] += forget_bias  # torch's gates are in the order i f g o
    ours = inside(undertow.LSTM.from_torch(lstm), x, which)["h"]
    return {"hook": hook(lstm, x, which).numpy(), "watch": ours.numpy(), "loop": loop(lstm, x, which).numpy()}


def draw(found: dict[str, dict[str, np.ndarray]]) -> Figure:
    """One panel a setting."""
    drawn, panels = figure(2, height=4.2, sharey=True)
    for axes, (setting, ways) in zip(panels, found.items(), strict=True):
        _panel(axes, ways)
        axes.set_title(setting)
    panels[0].set_ylabel("gradient (root mean square)")
    panels[0].legend(loc="upper left")
    return drawn


def _panel(axes: Axes, ways: dict[str, np.ndarray]) -> None:
    steps = np.arange(1, T + 1)
    axes.plot(steps, ways["watch"], color=COLOURS[0], label="undertow.watch: h, total")
    axes.plot(steps, ways["loop"], "o", color=COLOURS[0], fillstyle="none", label="loop of nn.LSTMCell")
    axes.plot(steps, ways["hook"], "x-", color=COLOURS[1], label="hook on nn.LSTM's output", linewidth=1)
    axes.set_yscale("symlog", linthresh=1e-7, linscale=0.6)
    axes.set(ylim=(-4e-8, 30), xlabel="step", yticks=[0, *(10.0**n for n in range(-7, 2))])


def build(page: Page) -> None:
    """Measure, draw, write."""
    runs = {setting: [measure(seed, *how) for seed in SEEDS] for setting, how in SETTINGS.items()}
    fresh, opened, every = runs.values()
    worst = max(abs(r["watch"] - r["loop"]).max() / r["loop"].max() for found in runs.values() for r in found)
    alt = "gradient by step: the hook is zero before the last step in both; the watch and the loop agree"
    page.figure("compared", draw({setting: runs[setting][0] for setting in list(SETTINGS)[:2]}), alt)
    page.code("hook", "T, B, I, H", "hook", imports="import torch\n\nimport undertow", then=FIRST)
    page.code("inside", "inside", then=SECOND)
    page.code("loop", "loop", then=THIRD)
    page.write(
        {
            "T": T, "seeds": len(SEEDS), "zeros": min(int((r["hook"] == 0).sum()) for r in fresh + opened),
            "fresh": spread((100 * r["loop"][-11] / r["loop"][-1] for r in fresh), "%"),
            "open_": spread((100 * r["loop"][-11] / r["loop"][-1] for r in opened), "%"),
            "flat": spread(r["hook"][0] / r["hook"][-1] for r in every),
            "difference": "less than 0.01%" if worst < 1e-4 else f"up to {100 * worst:.2g}%",
        },
    )  # fmt: skip


if __name__ == "__main__":
    run(build)

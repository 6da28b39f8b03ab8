# SPDX-License-Identifier: Apache-2.0
"""The plots of docs/benchmarks.md, as SVG: the same rows give the same file."""
import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot, ticker  # noqa: E402  (after the choice of the output)

import peers  # noqa: E402
from growth import BOOT, MEMORY, series, slope  # noqa: E402
from rows import GOALS, INSTRUCTIONS, ratio_text  # noqa: E402

OURS, OURS_LIGHT, OURS_CHEAPER = "#2563a8", "#8fb4dc", "#2e8b6f"
INK, GREY, GRID = "#1f2933", "#7b8794", "#e4e7eb"
PEERS = {"Bao": ("#d97706", "D"), "Xvisor": ("#9d4edd", "s"), "KVM": ("#c1121f", "o"),
         "trapped vIOMMU": ("#7b8794", "v"), "sidecore": ("#7b8794", "^")}
WIDTH = 8.6                       # inches
KVM = ", KVM"                     # at the end of the name of a row: the same under KVM
ROW = 0.27                        # inches of a bar and what is between two
BELOW, POINTS = 26, 72            # points of a legend below its axes; points of an inch

matplotlib.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "bulkhead", "font.size": 9,
    "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.edgecolor": GREY, "axes.spines.top": False, "axes.spines.right": False,
    "axes.axisbelow": True, "axes.titlesize": 10, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "grid.color": GRID, "legend.frameon": False,
})


def save(figure, path):
    figure.savefig(path, facecolor="white", bbox_inches="tight", pad_inches=0.15,
                   metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def bars(count, *, extra=0.9):
    """A figure for so many horizontal bars, the first on top."""
    figure, axes = pyplot.subplots(figsize=(WIDTH, count * ROW + extra))
    axes.set_ylim(count - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    return figure, axes


# ---- ratios -------------------------------------------------------------------------------------
def ratio_rows(rows):
    """Means in instructions that a bare board has as well, the cheapest first."""
    return sorted((row for row in rows if row.ratio and row.unit == INSTRUCTIONS
                   and not row.name.endswith((", worst", KVM))),
                  key=lambda row: row.ratio)


def draw_ratios(rows):
    measured = {row.name.removesuffix(KVM): {"KVM": row.ratio} for row in rows if row.name.endswith(KVM)}
    rows = ratio_rows(rows)
    figure, axes = bars(len(rows))
    axes.set_xscale("log")
    found = {}
    for y, row in enumerate(rows):
        axes.barh(y, row.ratio - 1, left=1, height=0.62,
                  color=OURS_CHEAPER if row.ratio <= 1 else OURS)
        axes.annotate(ratio_text(row.ratio), (1, y), (34, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", ha="right", va="center")
        goal = GOALS.get(f"{row.name}, ratio", row.goal and row.goal / row.native)
        if goal is not None:
            found["goal"], = axes.plot([goal] * 2, [y - 0.4, y + 0.4], color=INK, linewidth=1.4)
        for who, value in (peers.ratios(row.name) | measured.get(row.name, {})).items():
            colour, marker = PEERS[who]
            found[who], = axes.plot(value, y, linestyle="none", marker=marker, markersize=6, color=colour,
                                    markeredgecolor="white", markeredgewidth=0.8)
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(ticker.NullFormatter())
    values = [row.ratio for row in rows]
    axes.set_xlim(min(0.1, *values) / 1.5, max(10, *values) * 1.6)
    axes.set_title("Instructions in a guest, bare board = 1")
    axes.legend(found.values(), found.keys(), loc="upper left", ncol=len(found), columnspacing=1.4,
                handletextpad=0.4, handlelength=1.2, borderaxespad=0,
                bbox_to_anchor=(0, -BELOW / (POINTS * len(rows) * ROW)))
    return figure


# ---- exits --------------------------------------------------------------------------------------
BOOTS = {"Linux to shell, console quiet": ("an NVMe disk", OURS),
         "Linux to shell, with a vIOMMU": ("the disk behind a vIOMMU", OURS_LIGHT)}


def exits_by_cause(rows, boot):
    """{cause: exits}"""
    start = f"{boot}, exits, "
    return {row.name.removeprefix(start): row.value for row in rows if row.name.startswith(start)}


def draw_exits(rows):
    """The causes of one boot beside those of the other, the most frequent on top."""
    boots = {boot: found for boot in BOOTS if (found := exits_by_cause(rows, boot))}
    if not boots:
        return None
    causes = sorted({cause for found in boots.values() for cause in found},
                    key=lambda cause: (-max(found.get(cause, 0) for found in boots.values()), cause))
    most = max(max(found.values()) for found in boots.values())
    figure, axes = bars(len(causes) * 1.5, extra=0.9)
    axes.set_ylim(len(causes) - 0.4, -0.6)
    height = 0.76 / len(boots)
    for n, (boot, found) in enumerate(boots.items()):
        what, colour = BOOTS[boot]
        ys = [y + (n - (len(boots) - 1) / 2) * height for y in range(len(causes))]
        counts = [found.get(cause, 0) for cause in causes]
        axes.barh(ys, counts, height=height * 0.92, color=colour,
                  label=f"{what}: {sum(counts):,}")
        for y, count in zip(ys, counts):
            axes.annotate(f"{count:,}", (count, y), (4, -0.5), textcoords="offset points", va="center",
                          fontsize=7.5)
    axes.set_yticks(range(len(causes)), causes)
    axes.set_xlim(0, most * 1.1)
    axes.set_title("Exits of Linux to its shell")
    axes.legend(loc="lower right", borderaxespad=1)
    return figure


# ---- growth -------------------------------------------------------------------------------------
def draw_growth(rows, what, unit, scale):
    """One plot beside the other, values divided by scale."""
    drawn = series(rows, what)
    if not drawn:
        return None
    figure, all_axes = pyplot.subplots(1, len(drawn), figsize=(WIDTH * max(len(drawn), 2) / 4, 2.3),
                                       squeeze=False)
    for axes, (thing, found) in zip(all_axes[0], drawn.items()):
        xs, ys = [x for x, _ in found], [y / scale for _, y in found]
        one = slope(*found[:2]) / scale
        axes.plot([xs[0], xs[-1]], [ys[0], ys[0] + one * (xs[-1] - xs[0])], linestyle="--", linewidth=1,
                  color=GREY)
        axes.plot(xs, ys, marker="o", markersize=5, color=OURS, linewidth=1.8)
        for x, y in ((xs[0], ys[0]), (xs[-1], ys[-1])):
            axes.annotate(f"{y:.3g}", (x, y), (0, 6), textcoords="offset points", ha="center", fontsize=8)
        axes.set_xlim(-0.06 * xs[-1], 1.1 * xs[-1])
        axes.set_ylim(0, max(ys) * 1.2)
        axes.set_xticks(sorted({*xs[::2], xs[-1]}))
        axes.grid(axis="y")
        axes.set_xlabel(thing)
    all_axes[0][0].set_ylabel(unit)
    figure.tight_layout(w_pad=1.5)
    return figure


def draw_all(folder, rows):
    """Those for which there are rows; the others are not there afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in (
            ("ratios", draw_ratios(rows)),
            ("exits", draw_exits(rows)),
            ("growth", draw_growth(rows, BOOT, "million instructions", 1e6)),
            ("memory", draw_growth(rows, MEMORY, "MiB", 1 << 20))):
        if figure is None:
            (folder / f"{name}.svg").unlink(missing_ok=True)
        else:
            save(figure, folder / f"{name}.svg")

"""Print the results of all benchmarks as tables in Markdown.

``--write`` puts each table into ``docs/benchmarks.md`` instead, between its two
comments. Only the rows of the machine and the versions that were measured last count.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import bench_estimators
import bench_genes
import bench_ib
import bench_ib_noise
import bench_import
import bench_pairs
import bench_permutation
import bench_recovery
import bench_selection
import bench_training
import bench_univariate
from _records import RESULTS

Row = dict[str, Any]

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
# Of all estimators those whose error is listed task by task.
MAIN_ESTIMATORS = (
    "KSGEstimator",
    "CompressedMIEstimator",
    "GaussianMIEstimator",
    "GaussianMIEstimator, copula",
    "HistogramMIEstimator",
    "KDEMIEstimator, 5,000 rows",
)


def main() -> None:
    """Print the tables, or write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    write = parser.parse_args().write
    tables = {name: make() for name, make in TABLES.items()}
    if not write:
        for name, table in tables.items():
            print(f"### {name}\n\n{table}\n")
        return
    page = PAGE.read_text()
    for name, table in tables.items():
        page = put(page, name, table)
    PAGE.write_text(page)


def put(page: str, name: str, table: str) -> str:
    """Return the page with a table between its two comments."""
    begin, end = f"<!-- table: {name} -->", "<!-- end -->"
    before, found, after = page.partition(begin)
    if not found:
        msg = f"{PAGE.name} has no place for the table {name!r}"
        raise ValueError(msg)
    return f"{before}{begin}\n\n{table}\n\n{end}{after.partition(end)[2]}"


def latest(name: str) -> list[Row]:
    """Return the rows of the machine and the versions of the last measurement."""
    rows = json.loads((RESULTS / f"{name}.json").read_text())["rows"]
    where = ("machine", "versions")
    return [row for row in rows if all(row[k] == rows[-1][k] for k in where)]


def by_task(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows of each task, in the order of the tasks."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["task"], []).append(row)
    return found


def median(rows: list[Row], figure: str) -> float:
    """Return the median of a figure."""
    return statistics.median(row[figure] for row in rows)


def number(value: float) -> str:
    """Return three digits, without an exponent for large numbers."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def markdown(header: list[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table whose first column is text and whose others are numbers."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, rule, *rows))


def machines() -> str:
    """Return what each file was measured with."""
    lines = []
    for path in sorted(RESULTS.glob("bench_*.json")):
        rows = latest(path.stem)
        versions = rows[-1]["versions"].items()
        lines.append(
            [
                f"`{path.stem}.py`",
                str(len(rows)),
                rows[-1]["machine"],
                ", ".join(f"{package} {version}" for package, version in versions),
            ]
        )
    return markdown(["script", "rows", "machine", "versions"], lines)


def univariate() -> str:
    """Return speed against scikit-learn and against the floor."""
    lines = []
    for task, rows in by_task(latest("bench_univariate")).items():
        if "speedup_of_sorts" not in rows[0]:
            target = bench_univariate.TARGETS[task.split(",")[0]]
            lines.append(
                [
                    task,
                    f"{median(rows, 'own_ms'):.2f}",
                    f"{median(rows, 'peer_ms'):.2f}",
                    f"{median(rows, 'speedup'):.1f}",
                    str(target),
                    f"{median(rows, 'above_floor'):.1f}",
                    f"{max(row['difference'] for row in rows):.0e}",
                ]
            )
    header = ["target, rows", "skmi, ms a feature", "scikit-learn, ms a feature"]
    header += ["times as fast", "aim", "times the floor", "largest difference"]
    return markdown(header, lines)


def threads() -> str:
    """Return what two threads gain."""
    rows = by_task(latest("bench_univariate"))["two threads, n = 100000"]
    lines = [
        [
            name,
            f"{median(rows, f'speedup{key}'):.2f}",
            f"{min(row[f'speedup{key}'] for row in rows):.2f} to "
            f"{max(row[f'speedup{key}'] for row in rows):.2f}",
            f"{median(rows, f'cores_of_two{key}'):.2f}",
            f"{1 / median(rows, f'cpu_of_one_to_two{key}'):.2f}",
            f"{median(rows, 'load_before'):.1f}",
        ]
        for name, key in (("univariate information", ""), ("plain sorts", "_of_sorts"))
    ]
    header = ["two threads against one", "times as fast, median", "range of medians"]
    header += ["cores at work", "times the CPU time", "load before"]
    return markdown(header, lines)


def pairs() -> str:
    """Return speed of all pairs against scikit-learn and fast-select."""
    lines = []
    for task, rows in by_task(latest("bench_pairs")).items():
        if task == "compilation":
            continue
        aims = bench_pairs.TARGETS[int(task.split()[0])]
        seconds = median(rows, "skmi_s")
        lines.append(
            [
                task,
                f"{seconds:.2f}",
                f"{1e9 * seconds / bench_pairs.N_PAIRS:.0f}",
                f"{median(rows, 'ratio_sklearn'):,.0f}",
                f"{aims[0]:,}",
                f"{median(rows, 'ratio_fast_select'):.1f}",
                str(aims[1]),
            ]
        )
    peer = latest("bench_pairs")[0]["method"].split(", ")[-1]
    header = ["codes", "skmi, s", "ns a pair", "times scikit-learn's speed", "aim"]
    return markdown([*header, f"times that of {peer}", "aim"], lines)


def errors() -> str:
    """Return the error of the main estimators on each task."""
    lines = []
    for task, rows in by_task(latest("bench_estimators")).items():
        found = {row["method"]: row["error"] for row in rows if row["seed"] == 0}
        truth = rows[0]["value"] - rows[0]["error"]
        cells = [
            f"{found[name]:+.3f}" if name in found else "" for name in MAIN_ESTIMATORS
        ]
        lines.append([task, f"{truth:.3f}", *cells])
    return markdown(["task", "truth", *MAIN_ESTIMATORS], lines)


def estimators() -> str:
    """Return mean error and time of all estimators."""
    lines = []
    for method in (*bench_estimators.ESTIMATORS, *bench_estimators.PEERS):
        every = rows_of_method(method).values()
        lines.append(
            [
                method,
                str(len(every)),
                f"{statistics.mean(abs(rows[0]['error']) for rows in every):.3f}",
                f"{max(abs(rows[0]['error']) for rows in every):.3f}",
                f"{statistics.median(median(r, 'cpu_s') for r in every) * 1e3:.0f}",
                f"{sum(median(rows, 'cpu_s') for rows in every):.1f}",
            ]
        )
    header = ["method", "tasks", "mean absolute error", "largest", "median CPU, ms"]
    return markdown([*header, "CPU of all its tasks, s"], lines)


def peers() -> str:
    """Return how our nearest neighbours compare with those of others."""
    ours, lines = rows_of_method(bench_estimators.OURS), []
    for peer in bench_estimators.PEERS:
        theirs = rows_of_method(peer)
        gaps = [abs(theirs[t][0]["value"] - ours[t][0]["value"]) for t in theirs]
        speeds = [median(theirs[t], "cpu_s") / median(ours[t], "cpu_s") for t in theirs]
        version = next(iter(theirs.values()))[0]["peer_version"]
        lines.append(
            [
                f"plain, scipy {version}" if peer == "plain" else f"{peer} {version}",
                str(len(theirs)),
                f"{max(gaps):.0e}",
                f"{statistics.median(speeds):.1f}",
                f"{min(speeds):.1f}",
            ]
        )
    header = ["peer", "tasks", "largest difference, nats"]
    header += ["times the CPU time of ksg1, median", "least"]
    return markdown(header, lines)


def rows_of_method(method: str) -> dict[str, list[Row]]:
    """Return the rows of an estimator or a peer, by task."""
    rows = latest("bench_estimators")
    return by_task(row for row in rows if row["method"] == method)


def permutation() -> str:
    """Return how often the permutation test rejects."""
    lines = []
    for task, rows in by_task(latest("bench_permutation")).items():
        n_sets = sum(row["n_sets"] for row in rows)
        rate = sum(row["n_rejected"] for row in rows) / n_sets
        low, high = bench_permutation.TASKS[task.split(":")[0]][2]
        lines.append(
            [
                task,
                f"{n_sets:,}",
                f"{rate:.3f}",
                f"{(rate * (1 - rate) / n_sets) ** 0.5:.3f}",
                f"{low} to {high}",
                f"{median(rows, 'cpu_s') / rows[0]['n_sets'] * 1e3:.0f}",
            ]
        )
    header = ["data, permutation: estimator", "data sets", "rejected"]
    return markdown([*header, "standard error", "aim", "CPU, ms a test"], lines)


def training() -> str:
    """Return the cost of a training step."""
    return ratios(
        "bench_training",
        ["net_ms", "hand_ms"],
        ["networks", "skmi, ms a step", "by hand, ms a step"],
        bench_training.TARGETS,
    )


def imports() -> str:
    """Return the cost of imports."""
    return ratios(
        "bench_import",
        ["skmi_s", "sklearn_s"],
        ["statement", "skmi, s", "scikit-learn, s"],
        bench_import.ROOMS,
    )


def adjusted() -> str:
    """Return the cost of adjusted information."""
    return ratios(
        "bench_adjusted",
        ["skmi_ms", "sklearn_ms"],
        ["labels", "skmi, ms", "scikit-learn, ms"],
        {},
    )


def ensemble() -> str:
    """Return the cost of networks in one stack."""
    return ratios(
        "bench_ensemble",
        ["stacked_ms", "one_by_one_ms"],
        ["networks", "stacked, ms a step", "one by one, ms a step"],
        {},
    )


def selection() -> str:
    """Return the CPU time of selections, beside ours of the same criterion."""
    lines = []
    for task, shape in bench_selection.TASKS.items():
        found = by_method(any_sources("bench_selection"), task)
        for method, rows in found.items():
            ours = found.get(own_counterpart(method, shape.ours), [])
            seconds, share = median(rows, "cpu_s"), rows[0]["share"]
            peer = method not in shape.ours
            lines.append(
                [
                    f"{task}: {shape.n:,} x {shape.d:,}, {shape.k}",
                    f"{method} {rows[0]['version']}" if peer else method,
                    f"{'' if share == 1 else '~'}{number(seconds)}",
                    number(median(rows, "prepare_s")) if peer else "",
                    number(seconds / median(ours, "cpu_s")) if ours and peer else "",
                    number(shape.aims[method]) if method in shape.aims else "",
                    str(len(rows)),
                ]
            )
    header = ["rows x columns, selected", "method", "CPU, s", "making its table, s"]
    return markdown([*header, "times ours", "aim", "runs"], lines)


def own_counterpart(method: str, ours: Iterable[str]) -> str:
    """Return ours of the same criterion as a peer's; of several, the first."""
    named = [own for own in ours if method.split()[-1] in own.replace(",", "").split()]
    return next(iter([*named, *ours]))


def footprint() -> str:
    """Return what selection takes beside time, and ours where no peer is."""
    lines = []
    for task, rows in by_task(any_sources("bench_selection")).items():
        if task not in bench_selection.TASKS:
            figures = [k for k in rows[0] if k.endswith(("_s", "_mb"))]
            told = [f"{k.replace('_', ' ')} {number(median(rows, k))}" for k in figures]
            lines.append([task, "; ".join(told), str(len(rows))])
    return markdown(["task", "medians", "runs"], lines)


def recovery() -> str:
    """Return mean recovery and its standard error, by method and task."""
    rows = any_sources("bench_recovery")
    tasks = {task: by_method(rows, task) for task in bench_recovery.TASKS}
    methods = {method: None for found in tasks.values() for method in found}
    order = sorted(methods, key=lambda m: not m.startswith("skmi"))
    lines = [
        [m, *(shares(found.get(m, [])) for found in tasks.values())] for m in order
    ]
    return markdown(["method", *tasks], lines)


def shares(rows: list[Row]) -> str:
    """Return mean recovery with its standard error."""
    values = [row["recovery"] for row in rows]
    if len(values) < 2:
        return ""
    error = statistics.stdev(values) / len(values) ** 0.5
    return f"{statistics.mean(values):.2f} ± {error:.2f}"


def genes() -> str:
    """Return accuracy by the number of genes."""
    lines = []
    for task in bench_genes.TASKS:
        for method, rows in by_method(any_sources("bench_genes"), task).items():
            means = [
                statistics.mean(row[f"accuracy_{n}"] for row in rows)
                for n in bench_genes.N_GENES
            ]
            lines.append([f"{task}: {method}", *(f"{mean:.3f}" for mean in means)])
    header = [f"{n} genes" for n in bench_genes.N_GENES]
    return markdown(["data: method", *header], lines)


def path() -> str:
    """Return the cost of a path over betas, in fits of one."""
    figures = ("path_to_fit", "grid_to_fit", "grid_to_path", "largest_difference")
    lines = [
        [task, *(number(median(rows, figure)) for figure in figures), str(len(rows))]
        for task, rows in by_task(latest("bench_ib_path")).items()
    ]
    header = ["networks", "path, fits", "grid search, fits", "grid / path"]
    return markdown([*header, "scores differ by", "runs"], lines)


def exact_curves() -> str:
    """Return how exact curves differ from those of peers, and what they cost."""
    lines = [
        [
            f"{task}, {rows[0]['method'].split(' / ')[1]} {rows[0]['peer_version']}",
            f"{max(row['lagrangian'] for row in rows):.0e}",
            f"{min(row['optima_of_peer'] for row in rows):.2f}",
            number(median(rows, "ratio")),
            str(len(rows)),
        ]
        for task, rows in by_task(any_sources("parity_ib")).items()
        if "lagrangian" in rows[0]
    ]
    header = ["task, peer", "our Lagrangian less theirs, at most"]
    return markdown(
        [*header, "share of theirs that reach ours", "time, skmi / peer", "runs"], lines
    )


def bottleneck() -> str:
    """Return accuracy or RMSE of bottlenecks and of their rivals."""
    return by_bottleneck(lambda rows: spread([main_figure(row) for row in rows]))


def bottleneck_loss() -> str:
    """Return their log-loss, and how far their probabilities are off."""

    def cell(rows: list[Row]) -> str:
        loss, ece = (
            statistics.mean(row[name] for row in rows) for name in ("log_loss", "ece")
        )
        return f"{loss:.2f} ({ece:.3f})"

    return by_bottleneck(cell)


def bottleneck_attack() -> str:
    """Return what an attack leaves of accuracy, or makes of RMSE."""
    return by_bottleneck(lambda rows: spread([row["fgsm_0.1"] for row in rows]))


def by_bottleneck(cell: Callable[[list[Row]], str]) -> str:
    """Return a table of methods by tasks."""
    rows = any_sources("bench_ib")
    found = {task: by_method(rows, task) for task in bench_ib.TASKS}
    found = {task: methods for task, methods in found.items() if methods}
    lines = [
        [
            method.name,
            *(
                cell(found[t][method.name]) if method.name in found[t] else ""
                for t in found
            ),
        ]
        for method in bench_ib.METHODS
    ]
    return markdown(["network", *found], lines)


def main_figure(row: Row) -> float:
    """Return the accuracy of a classifier, the RMSE of a regressor."""
    return row["accuracy"] if "accuracy" in row else row["rmse"]


def spread(values: list[float]) -> str:
    """Return mean and standard error."""
    if len(values) < 2:
        return f"{values[0]:.3f}"
    error = statistics.stdev(values) / len(values) ** 0.5
    return f"{statistics.mean(values):.3f} ± {error:.3f}"


def label_noise() -> str:
    """Return what a beta that was found on noisy labels gains."""
    found = by_method(any_sources("bench_ib_noise"), bench_ib_noise.TASK)
    names = ("accuracy", "log_loss", "log_loss_true", "ece")
    lines = [
        [
            method,
            *(spread([row[name] for row in found[method]]) for name in names),
            f"{median(found[method], 'chosen'):g}",
            f"{median(found[method], 'cpu_s'):.0f}",
        ]
        for method in bench_ib_noise.METHODS
        if method in found
    ]
    header = ["network", "accuracy, true labels", "log-loss, noisy labels"]
    header += ["log-loss, true labels", "calibration error", "beta, median", "CPU, s"]
    return markdown(header, lines)


def any_sources(name: str) -> list[Row]:
    """Return the rows of the last machine and packages, of any sources of skmi."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return []
    rows = json.loads(path.read_text())["rows"]
    return [row for row in rows if setting(row) == setting(rows[-1])]


def setting(row: Row) -> tuple[Any, ...]:
    """Return the machine and the versions, that of skmi left out."""
    others = {k: v for k, v in row["versions"].items() if k != "skmi"}
    return row["machine"], others


def by_method(rows: Iterable[Row], task: str) -> dict[str, list[Row]]:
    """Return the rows of a task, by method; ours of the last sources alone."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["task"] == task:
            found.setdefault(row["method"], []).append(row)
    for method, every in found.items():
        if method.startswith("skmi"):
            last = every[-1]["versions"]
            found[method] = [row for row in every if row["versions"] == last]
    return found


def ratios(
    name: str, figures: list[str], header: list[str], aims: dict[str, float | None]
) -> str:
    """Return a table of two figures and the median of their ratio."""
    lines = []
    for task, rows in by_task(latest(name)).items():
        line = [task, *(number(median(rows, figure)) for figure in figures)]
        aim = aims.get(task)
        lines.append(
            [
                *line,
                f"{median(rows, 'ratio'):.3f}",
                *([f"{aim:.2f}" if aim else ""] if aims else []),
                str(len(rows)),
            ]
        )
    return markdown([*header, "ratio", *(["aim"] if aims else []), "runs"], lines)


TABLES: dict[str, Callable[[], str]] = {
    "univariate": univariate,
    "threads": threads,
    "pairs": pairs,
    "errors": errors,
    "estimators": estimators,
    "peers": peers,
    "permutation": permutation,
    "training": training,
    "imports": imports,
    "adjusted": adjusted,
    "ensemble": ensemble,
    "selection": selection,
    "footprint": footprint,
    "recovery": recovery,
    "genes": genes,
    "path": path,
    "exact curves": exact_curves,
    "bottleneck": bottleneck,
    "bottleneck loss": bottleneck_loss,
    "bottleneck attack": bottleneck_attack,
    "label noise": label_noise,
    "machines": machines,
}

if __name__ == "__main__":
    main()

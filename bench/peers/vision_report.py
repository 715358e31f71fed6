#!/usr/bin/env python3
"""Makes the Markdown of docs/benchmarks.md of what vision.py measured.

  bench/peers/vision_report.py FILE.json
"""
import json
import pathlib
import statistics
import sys

HONE = "hone"
TITLES = {"FP32": "FP32", "BF16": "BF16 (OpenVINO's default on processors that have it)",
          "INT8": "INT8 (QDQ and TFLite, a scale a channel)"}
OF_PEAK = ("ResNet-50", "YOLOv8n, 640")


def best_peer(result):
    peers = {side: cell["ms"] for side, cell in result["ms"].items() if side != HONE and cell}
    return min(peers, key=peers.get) if peers else None


def ratio(result):
    """How many times faster hone is than the best peer."""
    best, ours = best_peer(result), result["ms"].get(HONE)
    return result["ms"][best]["ms"] / ours["ms"] if best and ours else None


def figure(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def show(cell):
    return figure(cell["ms"]) + ("*" if cell["noisy"] else "") if cell else "-"


def line(cells):
    return "| " + " | ".join(cells) + " |"


def rows_of(results, sides):
    for result in results:
        best, times = best_peer(result), ratio(result)
        yield line([result["model"], str(result["threads"]), *(show(result["ms"].get(side)) for side in sides),
                    f"{best} {figure(result['ms'][best]['ms'])}" if best else "-", show(result["ms"].get(HONE)),
                    f"{times:.2f}" if times else "-"])


def means_of(results):
    for threads in sorted({result["threads"] for result in results}):
        ratios = [ratio(result) for result in results if result["threads"] == threads]
        known = [value for value in ratios if value]
        if known:
            yield (f"Geometric mean of {len(known)} of {len(ratios)} nets, {threads} thread{'s' * (threads > 1)}: "
                   f"**{statistics.geometric_mean(known):.2f}**")


def table_of(kind, results):
    results = [result for result in results if result["class"] == kind]
    if not results:
        return []
    sides = list(dict.fromkeys(side for result in results for side in result["ms"] if side != HONE))
    head = ["model", "threads", *sides, "best peer", "hone", "times as fast"]
    return [f"**{TITLES[kind]}**, ms", "", line(head), "|" + "---|" * len(head), *rows_of(results, sides), "",
            *(text + "\n" for text in means_of(results))]


def shares_of_peak(report):
    for result in report["results"]:
        limits = report["limits"].get(str(result["threads"]), {})
        peak = max(limits.get("int8_gops", 0), limits.get("int8_tile_gops", 0))
        if result["class"] != "INT8" or result["model"] not in OF_PEAK or not peak:
            continue
        cells = {"hone": result["ms"].get(HONE), "best peer": result["ms"].get(best_peer(result))}
        rates = [f"{2 * result['mmacs'] / cell['ms']:.0f} ({200 * result['mmacs'] / cell['ms'] / peak:.0f} %)"
                 if cell else "-" for cell in cells.values()]
        yield line([result["model"], str(result["threads"]), *rates, f"{peak:.0f}"])


def head_of(report):
    machine, versions = report["machine"], report["versions"]
    peers = ", ".join(version for side, version in sorted(versions.items()) if not side.startswith(HONE))
    limits = "; ".join(f"{threads} thread{'s' * (int(threads) > 1)}: " + ", ".join(
        f"{value:.0f} {name}" for name, value in sorted(values.items()))
        for threads, values in report["limits"].items())
    rows = {"machine": f"{machine['cpu']}, {machine['cores']} processors, {machine['memory_gb']:.0f} GB; "
                       + " ".join(machine["flags"]),
            "measured limits": limits, "date": report["date"],
            "hone": f"{versions[HONE]}, {report['commit']}, kernels `{versions.get('hone kernels', '?')}`",
            "peers": f"PyPI {peers}", "command": f"`{report['command']}`"}
    return ["| | |", "|---|---|", *(line(row) for row in rows.items()), ""]


def notes_of_engines(report):
    made = [(result, result["compiled"]) for result in report["results"] if result["ms"].get(HONE)]
    noisy = sum(note["others"] > report["quiet"] for _, note in made)
    if noisy:
        yield f"- {noisy} of hone's {len(made)} engines were compiled while other programs ran: their choices may be worse."
    for result, note in made:
        if precision := note["report"].get("precision"):
            layers = {name: len(steps) for name, steps in precision.items() if isinstance(steps, list)}
            kept = ", ".join(f"{count} in {name}" for name, count in layers.items() if name != "f32")
            yield (f"- hone, {result['model']} {result['class']}, threads: {result['threads']}: of "
                   f"{sum(layers.values())} layers {kept}.")


def notes_of(report):
    yield (f"Rounds: {report['rounds']}, of which the median, batch 1; \"times as fast\" is the best peer's time over hone's: above 1 "
           "hone is faster.")
    if any(cell and cell["noisy"] for result in report["results"] for cell in result["ms"].values()):
        yield f"\\* while other programs used more than {report['quiet']} of a processor."
    yield from notes_of_engines(report)
    reasons = {}
    for one in report["problems"]:
        reasons.setdefault((one["side"], one["reason"]), []).append(f"{one['model']} {one['class']}")
    for (side, reason), models in reasons.items():
        yield f"- {side}, {', '.join(models)}: {reason}."


def markdown(report):
    report = json.loads(json.dumps(report))  # keys as in the file
    lines = head_of(report)
    for kind in TITLES:
        lines += table_of(kind, report["results"])
    shares = list(shares_of_peak(report))
    if shares:
        lines += ["**INT8 against the machine's measured peak**, GOP/s", "",
                  line(["model", "threads", "hone", "best peer", "peak"]), "|---|---|---|---|---|", *shares, ""]
    return "\n".join(lines + list(notes_of(report)))


if __name__ == "__main__":
    print(markdown(json.loads(pathlib.Path(sys.argv[1]).read_text())))

#include "dump_passes.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "ir/text.h"

namespace hone::cli {
namespace {

constexpr std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --line: #8884; --new: #2a9d55; --changed: #d98a00; --gone: #d33; }
body { margin: 0; font: 14px system-ui, sans-serif; display: flex; height: 100vh; }
nav { width: 25em; overflow: auto; border-right: 1px solid var(--line); flex: none; }
header { padding: .8em 1em; }
h1 { font-size: 1.1em; margin: 0 0 .4em; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .25em .5em; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; padding-left: 1em; }
th { font-weight: normal; opacity: .6; }
tr[data-after] { cursor: pointer; }
tr[data-after]:hover { background: #8882; }
tr.on { background: #48f4; }
tr.same { opacity: .5; }
i { font-style: normal; }
i.new { color: var(--new); } i.changed { color: var(--changed); } i.gone { color: var(--gone); }
main { flex: 1; position: relative; overflow: hidden; }
#tools { position: absolute; top: .6em; right: .8em; }
button { font: inherit; }
pre { position: absolute; bottom: 0; left: 0; right: 0; margin: 0; padding: .6em 1em; max-height: 30%;
      overflow: auto; background: Canvas; border-top: 1px solid var(--line); font-size: 12px; }
pre:empty { display: none; }
svg { display: none; width: 100%; height: 100%; cursor: grab; }
svg.on { display: block; }
.e, rect { vector-effect: non-scaling-stroke; }
.e { fill: none; stroke: #888; stroke-width: 1; }
.b rect { fill: Canvas; stroke: #888; }
.b.input rect, .b.output rect, .b.state rect { fill: #8883; stroke-dasharray: 3 2; }
.b text { font: 11px ui-monospace, monospace; text-anchor: middle; fill: CanvasText; }
.b text.t { opacity: .65; font-size: 10px; }
.after .new rect { fill: #2a9d5540; stroke: var(--new); stroke-width: 2; }
.after .changed rect { fill: #d98a0040; stroke: var(--changed); stroke-width: 2; }
.before .gone rect { fill: #d334; stroke: var(--gone); stroke-width: 2; }
.b.on rect { stroke: #48f; stroke-width: 3; }
)css";

// Rows choose a drawing; the wheel zooms, dragging moves, a click on a box tells all of it.
constexpr std::string_view kPageScript = R"js(
const main = document.querySelector('main'), about = document.querySelector('pre');
const rows = [...document.querySelectorAll('tr[data-after]')];
let row, mode = 'after', svg, box;
function show() {
  rows.forEach(r => r.classList.toggle('on', r === row));
  const next = document.getElementById(row.dataset[mode]);
  if (next !== svg) {
    const view = svg && svg.dataset.body === next.dataset.body ? svg.getAttribute('viewBox') : null;
    if (svg) svg.classList.remove('on');
    svg = next;
    svg.classList.add('on');
    if (view) svg.setAttribute('viewBox', view); else fit();
  }
  main.className = row.classList.contains('same') ? '' : mode;
  for (const m of ['after', 'before']) document.getElementById(m).disabled = m === mode;
}
function fit() {
  const r = main.getBoundingClientRect(), first = svg.querySelector('.b').transform.baseVal[0].matrix;
  const height = 900, width = height * r.width / r.height;
  svg.setAttribute('viewBox', `${first.e - width / 2} ${first.f - 60} ${width} ${height}`);
}
function whole() { svg.setAttribute('viewBox', '0 0 ' + svg.dataset.size); }
function view() { return svg.getAttribute('viewBox').split(' ').map(Number); }
main.addEventListener('wheel', e => {
  e.preventDefault();
  const m = svg.getScreenCTM(), x = (e.clientX - m.e) / m.a, y = (e.clientY - m.f) / m.d;
  const k = Math.exp(e.deltaY / 500), [vx, vy, w, h] = view();
  svg.setAttribute('viewBox', `${x - (x - vx) * k} ${y - (y - vy) * k} ${w * k} ${h * k}`);
}, {passive: false});
let moved;
main.addEventListener('pointerdown', e => moved = e.target.closest('svg') ? 0 : undefined);
window.addEventListener('pointermove', e => {
  if (moved === undefined || !e.buttons) return;
  const s = svg.getScreenCTM().a, [x, y, w, h] = view();
  moved += Math.abs(e.movementX) + Math.abs(e.movementY);
  svg.setAttribute('viewBox', `${x - e.movementX / s} ${y - e.movementY / s} ${w} ${h}`);
});
window.addEventListener('pointerup', e => {
  if (moved !== undefined && moved < 4) {
    if (box) box.classList.remove('on');
    box = e.target.closest('.b');
    if (box) box.classList.add('on');
    about.textContent = box ? box.querySelector('title').textContent : '';
  }
  moved = undefined;
});
window.addEventListener('keydown', e => {
  const step = {ArrowDown: 1, ArrowUp: -1}[e.key];
  if (!step) return;
  e.preventDefault();
  row = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step))];
  row.scrollIntoView({block: 'nearest'});
  show();
});
rows.forEach(r => r.addEventListener('click', () => { row = r; show(); }));
for (const m of ['after', 'before']) document.getElementById(m).onclick = () => { mode = m; show(); };
document.getElementById('whole').onclick = whole;
row = rows.filter(r => r.dataset.after.startsWith('g0-')).pop();
show();
)js";

struct Changes {
  int added = 0, changed = 0, gone = 0;
  bool any() const { return added + changed + gone > 0; }
};

// Marks in `after` what is new or changed, in `before` what is gone.
Changes mark(const DrawnGraph& before, const DrawnGraph& after, BoxClasses& in_before,
             BoxClasses& in_after) {
  Changes changes;
  const auto old = before.by_key(), fresh = after.by_key();
  const auto add = [](std::string& classes, std::string_view one) {
    classes += cat(classes.empty() ? "" : " ", one);
  };
  for (const auto& [key, text] : fresh) {
    const auto found = old.find(key);
    if (found != old.end() && found->second == text) continue;
    ++(found == old.end() ? changes.added : changes.changed);
    add(in_after[key], found == old.end() ? "new" : "changed");
  }
  for (const auto& [key, text] : old) {
    if (fresh.contains(key)) continue;
    ++changes.gone;
    add(in_before[key], "gone");
  }
  return changes;
}

std::string changes_text(std::string_view kind, std::string_view sign, int count) {
  return count == 0 ? "" : cat(" <i class=\"", kind, "\">", sign, count, "</i>");
}

std::string pass_row(std::string_view pass, const std::string& before, const std::string& after,
                     int nodes, const Changes& changes, double ms) {
  return cat("<tr data-before=\"", before, "\" data-after=\"", after, "\"",
             changes.any() ? "" : " class=\"same\"", "><td>", html_escape(pass), "</td><td>",
             changes_text("new", "+", changes.added), changes_text("changed", "~", changes.changed),
             changes_text("gone", "&minus;", changes.gone), "</td><td>", nodes, "</td><td>",
             fixed(ms, ms < 10 ? 2 : 0), "</td></tr>\n");
}

// What svg_of wrote, with what the script wants to know.
std::string for_page(std::string svg, std::string_view body) {
  const size_t from = svg.find("viewBox=\"0 0 ") + 13, to = svg.find('"', from);
  const std::string size = svg.substr(from, to - from);
  svg.insert(4, cat(" data-body=\"", body, "\" data-size=\"", size, "\""));
  return svg;
}

std::string pass_file_name(size_t body, size_t stage, std::string_view pass) {
  return cat(body == 0 ? "" : cat("body", body, "."), stage < 10 ? "0" : "", stage, "_", pass,
             ".hir");
}

// As pass_file_name makes them: "07_fold.hir", "body1.07_fold.hir".
bool is_pass_file(std::string_view name) {
  if (!name.ends_with(".hir")) return false;
  if (name.starts_with("body")) name.remove_prefix(std::min(name.find('.') + 1, name.size()));
  const size_t end = name.find('_');
  return end != name.npos && end >= 2 &&
         std::ranges::all_of(name.substr(0, end), [](char c) { return c >= '0' && c <= '9'; });
}

// What an earlier dump left in the folder would stand between this one's.
void remove_pass_files(const std::string& folder) {
  std::error_code ignored;
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (is_pass_file(entry.path().filename().string())) old.push_back(entry.path());
  }
  for (const std::filesystem::path& path : old) std::filesystem::remove(path, ignored);
}

}  // namespace

void PassDump::take(const passes::PassResult& result) {
  auto body = std::ranges::find(bodies_, result.body, &Body::name);
  if (body == bodies_.end()) {
    body = bodies_.insert(bodies_.end(), {.name = std::string(result.body), .stages = {}});
  }
  body->stages.push_back(
      {std::string(result.pass), ir::to_text(result.graph), result.ms, draw_graph(result.graph)});
}

// Adds a row a pass to `rows`; passes that change nothing share a drawing.
std::string PassDump::drawings(const Body& body, size_t number, std::string& rows) {
  std::vector<const DrawnGraph*> drawn;
  std::vector<size_t> drawing_of;  // of each stage
  for (const Stage& stage : body.stages) {
    if (drawn.empty() || drawn.back()->by_key() != stage.drawn.by_key()) {
      drawn.push_back(&stage.drawn);
    }
    drawing_of.push_back(drawn.size() - 1);
  }
  std::vector<BoxClasses> classes(drawn.size());
  const auto id = [&](size_t drawing) { return cat("g", number, "-", drawing); };
  for (size_t s = 0; s < body.stages.size(); ++s) {
    const size_t after = drawing_of[s], before = s == 0 ? after : drawing_of[s - 1];
    Changes changes;
    if (after != before) {
      changes = mark(*drawn[before], *drawn[after], classes[before], classes[after]);
    }
    rows += pass_row(body.stages[s].pass, id(before), id(after), drawn[after]->nodes, changes,
                     body.stages[s].ms);
  }
  std::string svgs;
  for (size_t d = 0; d < drawn.size(); ++d) {
    svgs += for_page(svg_of(*drawn[d], id(d), classes[d]), cat(number));
  }
  return svgs;
}

std::string PassDump::page(std::string_view model) const {
  std::string rows, svgs;
  for (size_t b = 0; b < bodies_.size(); ++b) {
    if (!bodies_[b].name.empty()) {
      rows += cat("<tr><th colspan=\"4\">body of ", html_escape(bodies_[b].name), "</th></tr>\n");
    }
    svgs += drawings(bodies_[b], b, rows);
  }
  return cat("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>",
             html_escape(model), "</title>\n<style>", kPageStyle, "</style>\n<nav><header><h1>",
             html_escape(model), "</h1>The graph after each pass. ",
             "<i class=\"new\">New</i>, <i class=\"changed\">changed</i> and ",
             "<i class=\"gone\">gone</i> nodes are marked.</header>\n<table><tr><th>pass</th>",
             "<th>changes</th><th>nodes</th><th>ms</th></tr>\n", rows,
             "</table></nav>\n<main class=\"after\">", svgs,
             "<div id=\"tools\"><button id=\"before\">before</button> ",
             "<button id=\"after\">after</button> <button id=\"whole\">whole</button></div><pre>",
             "</pre></main>\n<script>", kPageScript, "</script></html>\n");
}

Status PassDump::write(const std::string& folder, std::string_view model) const {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, folder, ": cannot make this folder: ", error.message());
  remove_pass_files(folder);
  for (size_t b = 0; b < bodies_.size(); ++b) {
    for (size_t s = 0; s < bodies_[b].stages.size(); ++s) {
      const Stage& stage = bodies_[b].stages[s];
      const std::string head =
          bodies_[b].name.empty() ? "" : cat("# body of ", printable(bodies_[b].name), "\n");
      HONE_RETURN_IF_ERROR(
          write_file_atomic(cat(folder, "/", pass_file_name(b, s, stage.pass)), head + stage.text));
    }
  }
  return write_file_atomic(folder + "/index.html", page(model));
}

}  // namespace hone::cli

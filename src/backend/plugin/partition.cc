#include "backend/plugin/partition.h"

#include <algorithm>
#include <utility>

namespace hone {
namespace {

// Edges to follow in all searches of a plan together; when they are used up, parts stay smaller
// than they could be.
constexpr int64_t kMaxWork = int64_t{1} << 26;

}  // namespace

Partition::Partition(const Plan& plan)
    : before_(plan.steps.size()),
      behind_(plan.steps.size()),
      backend_(plan.steps.size(), -1),
      members_(plan.steps.size()),
      seen_(plan.steps.size(), 0) {
  std::vector<int32_t> maker(plan.values.size(), -1);
  for (size_t s = 0; s < plan.steps.size(); ++s) {
    const auto step = static_cast<int32_t>(s);
    cluster_.push_back(step);
    members_[s] = {step};
    for (const int32_t operand : plan.steps[s].operands) {
      const int32_t from = operand < 0 ? -1 : maker[static_cast<size_t>(operand)];
      if (from < 0 || std::ranges::find(before_[s], from) != before_[s].end()) continue;
      before_[s].push_back(from);
      behind_[static_cast<size_t>(from)].push_back(step);
    }
    for (const int32_t result : plan.steps[s].results) maker[static_cast<size_t>(result)] = step;
  }
}

void Partition::give(int backend, const std::vector<bool>& takes, size_t least_steps) {
  std::vector<int32_t> given;
  for (size_t s = 0; s < takes.size(); ++s) {
    if (!takes[s] || backend_[s] >= 0) continue;
    backend_[s] = backend;
    given.push_back(static_cast<int32_t>(s));
    for (const int32_t from : before_[s]) {
      if (backend_[static_cast<size_t>(from)] == backend) join(from, static_cast<int32_t>(s));
    }
  }
  for (const int32_t step : given) {
    const std::vector<int32_t> members = members_[static_cast<size_t>(cluster(step))];
    if (members.size() >= least_steps || backend_of(step) < 0) continue;
    for (const int32_t member : members) {
      const auto m = static_cast<size_t>(member);
      backend_[m] = -1;
      cluster_[m] = member;
      members_[m] = {member};
    }
  }
}

// Makes the clusters of both one, unless something outside must run between them.
void Partition::join(int32_t producer, int32_t step) {
  int32_t into = cluster(producer), from = cluster(step);
  if (into == from || leads_around(into, from)) return;
  const auto count = [&](int32_t c) { return members_[static_cast<size_t>(c)].size(); };
  if (count(into) < count(from)) std::swap(into, from);
  auto &all = members_[static_cast<size_t>(into)], &moved = members_[static_cast<size_t>(from)];
  for (const int32_t member : moved) cluster_[static_cast<size_t>(member)] = into;
  all.insert(all.end(), moved.begin(), moved.end());
  moved.clear();
}

// Whether there is a way between two clusters by a third. Clusters never form a circle, so that
// none leads back.
bool Partition::leads_around(int32_t from, int32_t to) {
  ++search_;
  std::vector<int32_t> open = {from};
  seen_[static_cast<size_t>(from)] = search_;
  while (!open.empty()) {
    const int32_t at = open.back();
    open.pop_back();
    for (const int32_t member : members_[static_cast<size_t>(at)]) {
      for (const int32_t next_step : behind_[static_cast<size_t>(member)]) {
        const int32_t next = cluster(next_step);
        if (++work_ > kMaxWork) return true;
        if (next == to && at != from) return true;
        if (next == to || seen_[static_cast<size_t>(next)] == search_) continue;
        seen_[static_cast<size_t>(next)] = search_;
        open.push_back(next);
      }
    }
  }
  return false;
}

// Cluster by cluster as they become ready: all that the CPU can do, then all that is ready for
// others, and so on.
std::vector<PlanPart> Partition::parts() const {
  std::vector<size_t> waits(backend_.size(), 0);  // by cluster: edges that come in
  for (size_t s = 0; s < before_.size(); ++s) {
    const int32_t own = cluster_[s];
    for (const int32_t from : before_[s]) waits[static_cast<size_t>(own)] += cluster(from) != own;
  }
  std::vector<int32_t> cpu, others;
  const auto release = [&](int32_t c) { (backend_of(c) < 0 ? cpu : others).push_back(c); };
  for (size_t s = 0; s < waits.size(); ++s) {
    if (cluster_[s] == static_cast<int32_t>(s) && waits[s] == 0) release(cluster_[s]);
  }
  std::vector<PlanPart> parts;
  const auto take = [&](int32_t c, PlanPart& part) {
    for (const int32_t member : members_[static_cast<size_t>(c)]) {
      part.steps.push_back(member);
      for (const int32_t next : behind_[static_cast<size_t>(member)]) {
        if (cluster(next) != c && --waits[static_cast<size_t>(cluster(next))] == 0) {
          release(cluster(next));
        }
      }
    }
  };
  while (!cpu.empty() || !others.empty()) {
    std::vector<int32_t> ready = std::exchange(others, {});
    std::ranges::sort(ready);
    for (const int32_t c : ready) take(c, parts.emplace_back(PlanPart{backend_of(c), {}}));
    if (cpu.empty()) continue;
    PlanPart& part = parts.emplace_back();
    while (!cpu.empty()) {
      const int32_t c = cpu.back();
      cpu.pop_back();
      take(c, part);
    }
  }
  for (PlanPart& part : parts) std::ranges::sort(part.steps);
  return parts;
}

}  // namespace hone

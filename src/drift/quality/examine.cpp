#include "drift/quality/examine.hpp"

#include <algorithm>
#include <map>

#include "drift/quality/check.hpp"

namespace perennial::drift::quality {
namespace {

/// A held alarm is looked at with this part of the level.
constexpr double held_part = 0.5;

/// The lengths that are looked at, shortest first: min_rows times a power of two, and all rows.
std::vector<std::size_t> stretches_of(std::size_t rows, std::size_t least) {
  std::vector<std::size_t> lengths;
  for (std::size_t length = least; length <= rows; length *= 2) lengths.push_back(length);
  if (!lengths.empty() && lengths.back() * 3 / 2 <= rows) lengths.push_back(rows);
  return lengths;
}

class Draft {
 public:
  explicit Draft(std::size_t lasting) : lasting_(lasting) {}

  void add(std::vector<Finding> found, std::size_t stretch, const Held* only = nullptr) {
    for (auto& finding : found) {
      std::pair key(finding.check, finding.column);
      if (only != nullptr && !only->contains(key)) continue;
      if (finding.severity == Severity::fault && stretch <= lasting_) finding.lasts = true;
      const auto [known, is_new] = findings_.try_emplace(std::move(key), finding);
      if (is_new) continue;
      // The shortest stretch that shows the worst is the purest.
      const bool lasts = known->second.lasts || finding.lasts;
      if (known->second.severity == Severity::warning && finding.severity == Severity::fault) known->second = finding;
      known->second.lasts = lasts;
    }
  }

  std::vector<Finding> take() {
    std::vector<Finding> all;
    for (auto& [key, finding] : findings_) all.push_back(std::move(finding));
    std::ranges::stable_sort(all, [](const Finding& a, const Finding& b) {
      return std::tuple(b.severity, a.since_row, a.column) < std::tuple(a.severity, b.since_row, b.column);
    });
    return all;
  }

 private:
  std::size_t lasting_;
  std::map<std::pair<std::string, std::string>, Finding> findings_;
};

}  // namespace

Report examine(const Profile& profile, const Expectations& expectations, const Window& window, const Settings& settings,
               const Held& held, std::size_t longest) {
  Report report;
  report.rows = window.rows;
  const bool enough = profile.rows() >= settings.min_rows && window.rows >= settings.min_rows;
  const std::size_t most = longest > 0 ? std::min(longest, window.rows) : window.rows;
  const auto lengths = enough ? stretches_of(most, settings.min_rows) : std::vector<std::size_t>{};
  Draft draft(lengths.size() > 1 ? lengths[1] : window.rows >= settings.min_rows ? settings.min_rows : 0);
  const double questions = static_cast<double>(
      std::max<std::size_t>(1, profile.columns().size() * std::max<std::size_t>(1, lengths.size())));
  std::vector<std::size_t> since_equal;
  if (settings.has("duplicates")) since_equal = rows_since_equal(row_hashes(window));
  for (const auto& check : checks().members()) {
    if (!settings.has(check.entry.name)) continue;
    const double level = settings.level(check.entry.name);
    const bool is_held = std::ranges::any_of(held, [&](const auto& pair) { return pair.first == check.entry.name; });
    const auto look_at = [&](const Window& newest, std::size_t length) {
      Look look{profile, window, newest, level, false, settings.alpha / questions, since_equal};
      draft.add(check.run(look), length);
      look.level = level * held_part;
      look.held = true;
      if (is_held) draft.add(check.run(look), length, &held);
    };
    if (!check.needs_rows && window.rows > 0) look_at(window, lengths.size() > 1 ? lengths[1] : settings.min_rows);
    else if (check.needs_rows)
      for (const std::size_t length : lengths) look_at(window.newest(length), length);
  }
  if (!expectations.empty() && window.rows > 0) {
    const auto judge = [&](const Window& newest, std::size_t length) {
      draft.add(expectations.judge({profile, window, newest, 0, false, settings.alpha / questions}), length);
    };
    judge(window.newest(most), most);
    if (lengths.size() > 1) judge(window.newest(lengths[1]), lengths[1]);
  }
  report.findings = draft.take();
  const bool fault =
      std::ranges::any_of(report.findings, [](const Finding& f) { return f.severity == Severity::fault; });
  report.verdict = fault ? Verdict::fail : enough ? Verdict::pass : Verdict::invalid;
  return report;
}

}  // namespace perennial::drift::quality

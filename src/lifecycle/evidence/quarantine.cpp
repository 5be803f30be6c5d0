#include "lifecycle/evidence/quarantine.hpp"

#include <algorithm>

namespace perennial::lifecycle {
namespace {

TimePoint time_in(const Json& body, const char* key, TimePoint otherwise) {
  const auto parsed = parse_time(body.value(key, std::string{}));
  return parsed ? *parsed : otherwise;
}

void add_pairs(std::set<Quarantines::Pair>& pairs, const Json& body) {
  const auto findings = body.find("findings");
  if (findings == body.end() || !findings->is_array()) return;
  for (const auto& finding : *findings)
    pairs.emplace(finding.value("check", std::string{}), finding.value("column", std::string{}));
}

template <class T>
void keep(std::vector<T>& values, const std::vector<std::size_t>& rows) {
  if (values.empty()) return;
  std::vector<T> kept;
  kept.reserve(rows.size());
  for (const std::size_t row : rows) kept.push_back(std::move(values[row]));
  values = std::move(kept);
}

}  // namespace

void Quarantines::apply(const Event& event) {
  const Json& body = event.body;
  if (event.type == event_type::warning_raised) {
    if (body.value("what", std::string{}) == "data") add_pairs(warned_, body);
    return;
  }
  if (event.type == event_type::promoted || event.type == event_type::rolled_back) {
    warned_.clear();
    accepted_.clear();
  }
  if (event.type == event_type::data_quarantined) {
    if (open() == nullptr) {
      held_.clear();
      all_.emplace_back();
      if (all_.size() > quarantines_remembered) all_.erase(all_.begin());
    }
    Quarantine& now = all_.back();
    now.range.from = time_in(body, "from_at", event.at);
    now.from_row = body.value("from_row", std::uint64_t{0});
    now.column = body.value("column", std::string{});
    now.columns = body.value("columns", std::vector<std::string>{});
    add_pairs(held_, body);
    return;
  }
  if (event.type != event_type::data_released || open() == nullptr) return;
  if (body.value("accepted", false)) {
    accepted_.insert(held_.begin(), held_.end());
    all_.pop_back();
  } else {
    all_.back().range.to = time_in(body, "to_at", event.at);
    all_.back().to_row = body.value("to_row", std::uint64_t{0});
  }
  held_.clear();
}

const Quarantine* Quarantines::open() const { return all_.empty() || all_.back().range.to ? nullptr : &all_.back(); }

std::string Quarantines::reason() const {
  const Quarantine* now = open();
  if (now == nullptr) return {};
  return "data bug in " + (now->column.empty() ? std::string("the rows") : "column " + now->column) + " since " +
         format_time(now->range.from);
}

std::vector<feedback::TimeRange> Quarantines::ranges() const {
  std::vector<feedback::TimeRange> ranges;
  for (const auto& one : all_) ranges.push_back(one.range);
  return ranges;
}

bool Quarantines::contains(TimePoint at) const {
  return std::ranges::any_of(all_, [at](const Quarantine& one) { return one.range.contains(at); });
}

std::uint64_t Quarantines::good_from() const {
  for (auto one = all_.rbegin(); one != all_.rend(); ++one)
    if (one->to_row) return *one->to_row;
  return 0;
}

feedback::JoinedBatch without(feedback::JoinedBatch batch, const Quarantines& quarantines) {
  if (quarantines.all().empty()) return batch;
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < batch.rows(); ++row)
    if (!quarantines.contains(batch.inputs.times[row])) rows.push_back(row);
  if (rows.size() == batch.rows()) return batch;
  batch.inputs = batch.inputs.pick(rows);
  for (auto& truth : batch.truth) keep(truth, rows);
  for (auto& version : batch.versions) {
    std::vector<float> values;
    const std::size_t width = version.outputs.width;
    for (const std::size_t row : rows)
      values.insert(values.end(), version.outputs.values.begin() + static_cast<std::ptrdiff_t>(row * width),
                    version.outputs.values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
    version.outputs.values = std::move(values);
    version.outputs.rows = rows.size();
    keep(version.present, rows);
    keep(version.failed, rows);
  }
  keep(batch.ids, rows);
  keep(batch.answered_by, rows);
  keep(batch.label_received_at, rows);
  keep(batch.confidence, rows);
  return batch;
}

}  // namespace perennial::lifecycle

// Is the data broken? Runs before the drift tests, which would take a bug for a change of the world. Broken rows are
// put aside: they train nothing, judge nobody and are no evidence of drift, and until good rows come again only a
// person starts a retrain.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drift/quality/examine.hpp"
#include "drift/quality/intervals.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

namespace quality = drift::quality;

/// Good rows, in units of quality.min_rows, that end a quarantine; the older half of them stays in it.
constexpr std::uint64_t good_blocks = 2;

std::vector<std::string> request_names(const Signature& signature) {
  std::vector<std::string> names;
  for (const auto& column : signature.request) names.push_back(column.name);
  return names;
}

Json findings_of(const quality::Report& report, quality::Severity severity) {
  Json findings = Json::array();
  for (const auto& finding : report.findings)
    if (finding.severity == severity) findings.push_back(quality::to_json(finding));
  return findings;
}

bool all_in(const quality::Report& report, quality::Severity severity, const std::set<Quarantines::Pair>& known) {
  return std::ranges::all_of(report.findings, [&](const quality::Finding& finding) {
    return finding.severity != severity || known.contains({finding.check, finding.column});
  });
}

}  // namespace

void ModelLoop::prepare_profile(const Table& reference) {
  const auto number = parse_version(champion_text());
  const auto* champion = number ? services_.state->registry().find(config_.name, *number) : nullptr;
  const std::uint64_t trained = champion != nullptr ? champion->train_rows : reference.rows;
  const auto names = request_names(*base_);
  profile_ = quality::Profile::prepare(quality::window_of(reference, names, 0, {}), config_.monitor.quality,
                                       reference.rows > 0 ? trained / reference.rows : 1);
}

Table ModelLoop::current_rows() const {
  Table rows = recent_.newest(config_.monitor.window.rows);
  const auto& quarantines = state().quarantines;
  if (quarantines.all().empty() || rows.times.empty()) return rows;
  std::vector<std::size_t> good;
  for (std::size_t row = 0; row < rows.rows; ++row)
    if (!quarantines.contains(rows.times[row])) good.push_back(row);
  return good.size() == rows.rows ? rows : rows.pick(good);
}

/// How many of the newest of `current` the accumulation has not taken.
std::uint64_t ModelLoop::fresh_rows(const Table& current) const {
  const std::uint64_t since = rows_at_monitor_ - std::min(rows_at_monitor_, rows_accumulated_);
  if (since >= config_.monitor.window.rows || current.times.empty()) return std::min(since, current.rows);
  const Table rows = recent_.newest(since);
  const auto good =
      std::ranges::count_if(rows.times, [&](const TimePoint at) { return !state().quarantines.contains(at); });
  return std::min(static_cast<std::uint64_t>(good), current.rows);
}

Status ModelLoop::inspect(TimePoint now) {
  const auto& settings = config_.monitor.quality;
  if ((settings.off() && config_.expectations.empty()) || reference_of_ != champion_text()) return {};
  const Quarantines& known = state().quarantines;
  const Quarantine* open = known.open();
  const std::uint64_t total = recent_.rows_total();
  const std::uint64_t judged = open != nullptr ? good_blocks * settings.min_rows : 0;
  const std::uint64_t most = std::max<std::uint64_t>(config_.monitor.window.rows, judged);
  // What was put aside and has ended is not found a second time.
  const std::uint64_t unknown = known.good_from() > total ? total : total - known.good_from();
  const Table rows = recent_.newest(std::min(most, unknown));
  const std::uint64_t first = total - rows.rows;
  const auto window = quality::window_of(rows, request_names(*base_), first, now);
  newest_quality_ = quality::examine(profile_, config_.expectations, window, settings, known.held(), judged);
  std::erase_if(newest_quality_.findings,
                [&](const auto& finding) { return known.accepted().contains({finding.check, finding.column}); });
  const bool fault = std::ranges::any_of(
      newest_quality_.findings, [](const auto& finding) { return finding.severity == quality::Severity::fault; });
  if (newest_quality_.has_fault() && !fault) newest_quality_.verdict = Verdict::pass;
  rows_at_inspection_ = total;
  silent_after_.reset();
  if (const auto usual = quality::intervals_of(rows.times); usual && settings.has("freshness"))
    silent_after_ = std::max(rows.times.back(), services_.running_since.value_or(rows.times.back())) +
                    quality::longest_pause(*usual, settings.level("freshness"));

  TRY(warn_of_data(newest_quality_, now));
  if (fault && (open == nullptr || !all_in(newest_quality_, quality::Severity::fault, known.held())))
    TRY(quarantine(quality::triage(newest_quality_, std::nullopt), now));
  // A fault that is over already is put aside and released in one look; one that lasts is released once good rows come.
  const bool lasts = std::ranges::any_of(newest_quality_.findings, [](const auto& finding) {
    return finding.severity == quality::Severity::fault && finding.lasts;
  });
  if (state().quarantines.open() == nullptr || lasts || rows.rows < good_blocks * settings.min_rows) return {};
  const std::uint64_t good = fault ? good_blocks * settings.min_rows : settings.min_rows;
  return release_data(total - good, rows.times[rows.rows - good], now);
}

Status ModelLoop::quarantine(const quality::Triage& found, TimePoint now) {
  const Quarantine* open = state().quarantines.open();
  std::vector<std::string> columns = open != nullptr ? open->columns : std::vector<std::string>{};
  for (const auto& column : found.columns)
    if (std::ranges::find(columns, column) == columns.end()) columns.push_back(column);
  const TimePoint from = open != nullptr ? open->range.from : found.since_at.value_or(now);
  const std::uint64_t from_row = open != nullptr ? open->from_row : found.since_row;
  ASSIGN_OR_RETURN(const Event event,
                   services_.events->write(now, {config_.name,
                                                 std::string(event_type::data_quarantined),
                                                 {{"column", open != nullptr ? open->column : found.column},
                                                  {"columns", columns},
                                                  {"check", found.check},
                                                  {"from_row", from_row},
                                                  {"from_at", format_time(from)},
                                                  {"reason", found.sentence},
                                                  {"findings", findings_of(newest_quality_, quality::Severity::fault)},
                                                  {"version", champion_text()},
                                                  {"row", rows_seen()}}}));
  // Their labels may be in the windows already.
  for (auto& [version, scores] : scores_) scores.drop({from, std::nullopt});
  alert(event, open != nullptr ? "more of the data is broken" : "the data is broken; retraining waits", found.sentence);
  return {};
}

Status ModelLoop::release_data(std::uint64_t good_from, TimePoint good_at, TimePoint now) {
  const Quarantine open = *state().quarantines.open();
  const std::uint64_t to_row = std::max(good_from, open.from_row);
  const TimePoint to = std::max(good_at, open.range.from);
  ASSIGN_OR_RETURN(const Event event,
                   services_.events->write(now, {config_.name,
                                                 std::string(event_type::data_released),
                                                 {{"column", open.column},
                                                  {"columns", open.columns},
                                                  {"from_row", open.from_row},
                                                  {"from_at", format_time(open.range.from)},
                                                  {"to_row", to_row},
                                                  {"to_at", format_time(to)},
                                                  {"rows", to_row - open.from_row},
                                                  {"accepted", false},
                                                  {"reason", "the newest rows look like the training rows again"},
                                                  {"version", champion_text()},
                                                  {"row", rows_seen()}}}));
  alert(event, "the data is good again",
        fmt::format("rows {} to {} stay out of every training", open.from_row, to_row));
  return {};
}

// The world may do what no check believes: another supplier, another unit for good. Then a person says so once.
Status ModelLoop::accept_data(const api::CommandContext& context, TimePoint now) {
  const Quarantine* open = state().quarantines.open();
  if (open == nullptr) return {};
  ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name,
                                                                    std::string(event_type::data_released),
                                                                    {{"column", open->column},
                                                                     {"columns", open->columns},
                                                                     {"from_row", open->from_row},
                                                                     {"from_at", format_time(open->range.from)},
                                                                     {"to_row", rows_seen()},
                                                                     {"to_at", format_time(now)},
                                                                     {"rows", 0},
                                                                     {"accepted", true},
                                                                     {"actor", context.actor},
                                                                     {"reason", "a person says that the data is right"},
                                                                     {"version", champion_text()},
                                                                     {"row", rows_seen()}}}));
  alert(event, "the data was called right", "it trains again; " + context.actor + " said so");
  return {};
}

Status ModelLoop::warn_of_data(const quality::Report& report, TimePoint now) {
  if (all_in(report, quality::Severity::warning, state().quarantines.warned())) return {};
  std::vector<std::string> words;
  for (const auto& finding : report.findings)
    if (finding.severity == quality::Severity::warning &&
        !state().quarantines.warned().contains({finding.check, finding.column}))
      words.push_back(finding.column.empty() ? finding.detail : finding.column + ": " + finding.detail);
  const auto written = services_.events->write(now, {config_.name,
                                                     std::string(event_type::warning_raised),
                                                     {{"what", "data"},
                                                      {"reason", fmt::format("{}", fmt::join(words, "; "))},
                                                      {"findings", findings_of(report, quality::Severity::warning)},
                                                      {"version", champion_text()},
                                                      {"row", rows_seen()}}});
  if (!written) return std::unexpected(written.error());
  return {};
}

// Rows that do not come turn no monitor whose cadence is in rows.
Status ModelLoop::watch_silence(TimePoint now) {
  if (!silent_after_ || now <= *silent_after_ || recent_.rows_total() != rows_at_inspection_) return {};
  silent_after_.reset();
  const Table rows = recent_.newest(config_.monitor.window.rows);
  const auto window = quality::window_of(rows, request_names(*base_), recent_.rows_total() - rows.rows, now);
  drift::quality::Settings only = config_.monitor.quality;
  only.checks = {{"freshness", config_.monitor.quality.level("freshness")}};
  const auto report = quality::examine({}, {}, window, only);
  for (const auto& finding : report.findings) {
    const auto written = services_.events->write(now, {config_.name,
                                                       std::string(event_type::warning_raised),
                                                       {{"what", "freshness"},
                                                        {"reason", finding.detail},
                                                        {"findings", Json::array({quality::to_json(finding)})},
                                                        {"version", champion_text()},
                                                        {"row", rows_seen()}}});
    if (!written) return std::unexpected(written.error());
    alert(*written, "no rows come", finding.detail);
  }
  return {};
}

Status ModelLoop::check_training_rows(const LabelledRows& rows) const {
  if (config_.expectations.empty()) return {};
  const auto window = quality::window_of(rows.inputs, request_names(*base_), 0, {});
  const quality::Profile none;
  const auto broken = config_.expectations.judge({none, window, window, 0, false, 0});
  if (broken.empty()) return {};
  return fail(ErrorCode::invalid,
              fmt::format("the training rows break {} of the expectations: column {}: {}", broken.size(),
                          broken.front().column, broken.front().detail),
              config_.name, "mend the data or the rule");
}

Status ModelLoop::check_nothing_quarantined(const LabelledRows& rows) const {
  const auto& quarantines = state().quarantines;
  std::size_t broken = 0;
  for (const TimePoint at : rows.inputs.times) broken += quarantines.contains(at) ? 1 : 0;
  if (broken == 0) return {};
  return fail(
      ErrorCode::invalid,
      fmt::format("{} of its {} rows have turned out to be broken while it was trained", broken, rows.inputs.rows),
      config_.name, "it is trained again without them once the data is good");
}

}  // namespace perennial::lifecycle

// What a script expects, against what the journal, the registry and the outbox say.

#include <fmt/format.h>

#include "core/catalog.hpp"
#include "scenario/player.hpp"

namespace perennial::scenario {
namespace {

std::unexpected<Error> unmet(const std::string& what) { return fail(ErrorCode::invalid, what); }

}  // namespace

Status Player::expect(const Words& words) {
  if (rehearsal_ && words[1] != "event") return {};
  const std::span<const std::string> rest = std::span(words).subspan(2);
  const auto& registry = fleet_->state().registry();
  if (words[1] == "event") return expect_event(rest);
  if (words[1] == "no" && !rest.empty() && rest[0] == "event") return expect_count(0, rest.subspan(1));
  if (!rest.empty() && rest[0] == "events")
    return expect_count(static_cast<std::size_t>(std::atoi(words[1].c_str())), rest.subspan(1));
  if (words[1] == "answer") return expect_answer(rest);
  if (words[1] == "every") return expect_all_announced();
  if (rest.empty()) return fail(ErrorCode::usage, "'expect' says too little");
  if (words[1] == "alert") return expect_alert(rest[0]);
  if (words[1] == "champion") {
    const auto* champion = registry.champion(name());
    return expect_text("champion", rest[0], champion == nullptr ? "none" : champion->number.text());
  }
  if (words[1] == "weight" && rest.size() == 2) {
    const auto& rollout = state().rollout;
    return expect_text("challenger's weight", rest[1], fmt::format("{:g}%", 100 * (rollout ? rollout->weight : 0.0)));
  }
  if (words[1] == "phase")
    return expect_text("phase", rest[0],
                       state().rollout ? std::string(rollout::to_string(state().rollout->phase)) : "none");
  if (words[1] == "outcome") {
    std::string outcome = "none";
    for (const auto& event : events_)
      if (event.type == event_type::cycle_ended) outcome = event.body.value("outcome", "");
    return expect_text("outcome of the newest cycle", rest[0], outcome);
  }
  if (words[1] == "version" && rest.size() == 2) {
    ASSIGN_OR_RETURN(const VersionNumber number, parse_version(rest[0]));
    const auto* version = registry.find(name(), number);
    return expect_text("status of version " + rest[0], rest[1],
                       version == nullptr ? "none" : std::string(to_string(version->status)));
  }
  static const std::vector<std::string> known = {"event",  "no event", "N events", "answer", "every outcome announced",
                                                 "alert",  "champion", "weight",   "phase",  "outcome",
                                                 "version"};
  return unknown_name("expectation", words[1], known, {}, ErrorCode::usage);
}

Status Player::expect_text(std::string_view what, const std::string& wanted, const std::string& present) const {
  if (wanted == present) return {};
  return unmet(
      fmt::format("{}: {}, and not {}; the newest events:{}", what, present, wanted, list_events(events_, "")));
}

std::optional<std::size_t> Player::find_event(const EventPattern& pattern, std::size_t from) const {
  for (std::size_t i = from; i < events_.size(); ++i)
    if (pattern.matches(events_[i])) return i;
  return std::nullopt;
}

Status Player::expect_event(std::span<const std::string> words) {
  ASSIGN_OR_RETURN(const EventPattern pattern, EventPattern::parse(words));
  if (const auto found = find_event(pattern, cursor_)) {
    cursor_ = *found + 1;
    return {};
  }
  return unmet(
      fmt::format("no such event since the last expected one; of its type there are:{}\n  and since then in all:{}",
                  list_events(events_, pattern.type()), list_events(std::span(events_).subspan(cursor_), "")));
}

Status Player::expect_count(std::size_t count, std::span<const std::string> words) const {
  ASSIGN_OR_RETURN(const EventPattern pattern, EventPattern::parse(words));
  std::size_t found = 0;
  for (std::size_t i = mark_; i < events_.size(); ++i)
    if (pattern.matches(events_[i])) ++found;
  if (found == count) return {};
  return unmet(fmt::format("{} such events and not {}; of the type there are:{}", found, count,
                           list_events(std::span(events_).subspan(mark_), pattern.type())));
}

Status Player::expect_answer(std::span<const std::string> words) const {
  if (!answer_) return unmet("nothing was triggered");
  if (words.empty() || (words[0] != "retrain" && words[0] != "skip"))
    return fail(ErrorCode::usage, "expect answer retrain|skip [~text]");
  const std::string wanted = words.size() > 1 && words[1].starts_with('~') ? words[1].substr(1) : "";
  if (answer_->retrain == (words[0] == "retrain") && says(answer_->reason, wanted)) return {};
  return unmet(fmt::format("the answer was {}: {}", answer_->retrain ? "retrain" : "skip", answer_->reason));
}

void Player::collect_alerts() {
  auto* box = fleet_->outbox(name());
  if (box == nullptr) return;
  for (auto& alert : box->take_recorded()) alerts_.push_back(std::move(alert));
}

Status Player::expect_alert(const std::string& kind) {
  collect_alerts();
  for (std::size_t i = next_alert_; i < alerts_.size(); ++i)
    if (alerts_[i].kind == kind) {
      next_alert_ = i + 1;
      return {};
    }
  std::string known;
  for (const auto& alert : alerts_) known += fmt::format("\n    {} {}: {}", alert.kind, alert.title, alert.detail);
  return unmet("nobody was told; the alerts were:" + known);
}

Status Player::expect_all_announced() {
  collect_alerts();
  for (const auto& event : events_) {
    if (event.type != event_type::cycle_ended) continue;
    const bool told =
        std::any_of(alerts_.begin(), alerts_.end(), [&](const auto& alert) { return alert.event_seq == event.seq; });
    if (!told) return unmet(fmt::format("nobody was told of event {}: {}", event.seq, to_text(event.body)));
  }
  return {};
}

}  // namespace perennial::scenario

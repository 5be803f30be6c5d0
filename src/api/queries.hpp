#pragma once
// Everything that can be looked at. All answers are JSON as the contract has it; all calls are thread-safe reads.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/json.hpp"
#include "core/result.hpp"

namespace perennial::api {

class Queries {
 public:
  virtual ~Queries() = default;
  /// {"models": [{"model", "champion", "challenger", "rollout": {…}|null, "jobs": {…}, "last_event", …}]}
  virtual Json status() const = 0;
  virtual Result<Json> versions(const std::string& model) const = 0;                          ///< newest first
  virtual Result<Json> show(const std::string& model, const std::string& version) const = 0;  ///< every field
  virtual Result<Json> jobs(std::optional<std::string> model) const = 0;
  virtual Result<Json> job_stats() const = 0;
  virtual Result<Json> drift(const std::string& model) const = 0;  ///< newest report
  /// Metrics per version over windows of time, the label-maturity curve, and what late labels have changed.
  virtual Result<Json> performance(const std::string& model) const = 0;
  virtual Result<Json> rollout(const std::string& model) const = 0;  ///< running one, per arm and output
  virtual Json catalog() const = 0;                                  ///< all families
  /// Events with seq > after, oldest first, at most `most`. `model` empty = all.
  virtual std::vector<Event> events(std::uint64_t after, std::size_t most, const std::string& model) const = 0;
  /// Called on every new event from the loop's thread, quickly; returns an id for unsubscribe().
  virtual std::uint64_t subscribe(std::function<void(const Event&)> listener) = 0;
  virtual void unsubscribe(std::uint64_t id) = 0;
  virtual bool ready(std::string& why_not) const = 0;
  virtual bool alive() const = 0;
  /// Prometheus text exposition format 0.0.4.
  virtual std::string metrics() const = 0;
  /// Who was in production, newest first; with `at` who was at that instant. Since when, until when, and why.
  virtual Result<Json> history(const std::string& model, std::optional<TimePoint> at) const = 0;
  /// One rollout from its plan to its outcome, each verdict computed again from what was recorded. `which` is its id or
  /// a version; empty: the running or the newest one. Errors: not_found, naming the newest ones.
  virtual Result<Json> explain_rollout(const std::string& model, const std::string& which) const = 0;
  /// One prediction: who answered what to which features, its label, and what today's champion would say. Error:
  /// not_found, saying how far was looked.
  virtual Result<Json> explain_prediction(const std::string& model, const std::string& id) const = 0;
};

/// {"seq", "at", "model", "type", "body", "hash"} as in the event stream.
Json to_json(const Event& event);

}  // namespace perennial::api

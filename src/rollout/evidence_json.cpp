#include "rollout/evidence_json.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

namespace perennial::rollout {
namespace {

// The fields, one line each: writing and reading both go through these lists.

template <class Field>
void each_field(Field& field, RecentEvidence& recent) {
  field("requests", recent.requests);
  field("errors", recent.errors);
  field("latency_samples", recent.latency_samples);
  field("latency_over", recent.latency_over);
}

template <class Field>
void each_field(Field& field, ArmEvidence& arm) {
  field("requests", arm.requests);
  field("errors", arm.errors);
  field("non_finite", arm.non_finite);
  field("latency_ms_p99", arm.latency_ms_p99);
  field("latency_samples", arm.latency_samples);
  field("latency_over", arm.latency_over);
  field("recent", arm.recent);
  field("unusable", arm.unusable);
}

template <class Field>
void each_field(Field& field, LossComparison& losses) {
  field("n", losses.n);
  field("champion", losses.champion);
  field("difference", losses.difference);
  field("standard_error", losses.standard_error);
  field("effective_n", losses.effective_n);
  field("serial_n", losses.serial_n);
  field("over_margin", losses.over_margin);
  field("over_margin_error", losses.over_margin_error);
  field("over_margin_n", losses.over_margin_n);
}

template <class Field>
void each_field(Field& field, LossEvidence& losses) {
  field("now", losses.now);
  field("recent", losses.recent);
  field("epoch", losses.epoch);
  field("looks", losses.looks);
}

template <class Field>
void each_field(Field& field, TargetLoss& loss) {
  field("target", loss.target);
  field("paired", loss.paired);
  field("unpaired", loss.unpaired);
}

template <class Field>
void each_field(Field& field, ArmLabels& labels) {
  field("rows", labels.rows);
  field("share", labels.share);
  field("standard_error", labels.standard_error);
  field("effective_n", labels.effective_n);
}

template <class Field>
void each_field(Field& field, SplitEvidence& split) {
  field("share", split.share);
  field("challenger_units", split.challenger_units);
  field("champion_units", split.champion_units);
  field("label_age", split.label_age);
  field("challenger_labels", split.challenger_labels);
  field("champion_labels", split.champion_labels);
}

template <class Field>
void each_field(Field& field, Evidence& evidence) {
  field("rollout_id", evidence.rollout_id);
  field("phase", evidence.phase);
  field("step", evidence.step);
  field("challenger", evidence.challenger);
  field("champion", evidence.champion);
  field("split", evidence.split);
  field("targets", evidence.targets);
  field("approved", evidence.approved);
  field("rows_now", evidence.rows_now);
}

constexpr std::array phases = {Phase::shadow,    Phase::canary,  Phase::watch,
                               Phase::completed, Phase::aborted, Phase::rolled_back};
constexpr std::size_t most_items = 10'000;  // of a list; a record that claims more is none of ours

bool is_count(const Json& value) {
  return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

class Writer {
 public:
  Json json = Json::object();

  void operator()(const char* name, std::uint64_t& value) { json[name] = value; }
  void operator()(const char* name, bool& value) { json[name] = value; }
  void operator()(const char* name, std::string& value) { json[name] = value; }
  void operator()(const char* name, Phase& value) { json[name] = std::string(to_string(value)); }
  void operator()(const char* name, Duration& value) { json[name] = format_duration(value); }
  void operator()(const char* name, double& value) {
    if (std::isfinite(value)) json[name] = value;
    else json[name] = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  template <class Part>
  void operator()(const char* name, std::vector<Part>& list) {
    Json& items = json[name] = Json::array();
    for (auto& item : list) items.push_back(of(item));
  }
  template <class Part>
  void operator()(const char* name, Part& part) {
    json[name] = of(part);
  }

  template <class Part>
  static Json of(Part& part) {
    Writer writer;
    each_field(writer, part);
    return std::move(writer.json);
  }
};

class Reader {
 public:
  explicit Reader(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {
    if (!json.is_object()) bad("", "an object");
  }
  Status status;

  void operator()(const char* name, std::uint64_t& value) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!is_count(*found)) return bad(name, "a count");
    value = found->get<std::uint64_t>();
  }
  void operator()(const char* name, bool& value) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_boolean()) return bad(name, "a boolean");
    value = found->get<bool>();
  }
  void operator()(const char* name, std::string& value) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_string()) return bad(name, "a text");
    value = found->get<std::string>();
  }
  void operator()(const char* name, Phase& value) {
    const Json* found = find(name);
    if (found == nullptr) return;
    for (const Phase phase : phases)
      if (*found == std::string(to_string(phase))) {
        value = phase;
        return;
      }
    bad(name, "a phase");
  }
  void operator()(const char* name, Duration& value) {
    const Json* found = find(name);
    if (found == nullptr) return;
    const auto text = found->is_string() ? parse_duration(found->get<std::string>()) : Result<Duration>(Duration{-1});
    if (!text || text->count() < 0) return bad(name, "a duration");
    value = *text;
  }
  void operator()(const char* name, double& value) {
    const Json* found = find(name);
    if (found == nullptr) return;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (found->is_number()) value = found->get<double>();
    else if (*found == "nan") value = std::numeric_limits<double>::quiet_NaN();
    else if (*found == "inf") value = infinity;
    else if (*found == "-inf") value = -infinity;
    else bad(name, "a number");
  }
  template <class Part>
  void operator()(const char* name, std::vector<Part>& list) {
    const Json* found = find(name);
    if (found == nullptr) return;
    if (!found->is_array() || found->size() > most_items) return bad(name, "a list");
    for (std::size_t i = 0; i < found->size(); ++i)
      read((*found)[i], fmt::format("{}{}[{}]", where_, name, i), list.emplace_back());
  }
  template <class Part>
  void operator()(const char* name, Part& part) {
    if (const Json* found = find(name)) read(*found, where_ + name, part);
  }

 private:
  const Json* find(const char* name) const {
    if (!status) return nullptr;
    const auto found = json_->find(name);
    return found == json_->end() ? nullptr : &*found;
  }
  void bad(const std::string& name, std::string_view expected) {
    if (status)
      status = fail(ErrorCode::corrupt, fmt::format("'{}{}' is not {}", where_, name, expected), "rollout evidence");
  }
  template <class Part>
  void read(const Json& json, const std::string& where, Part& part) {
    Reader reader(json, where + ".");
    if (reader.status) each_field(reader, part);
    if (status && !reader.status) status = std::move(reader.status);
  }

  const Json* json_;
  std::string where_;
};

}  // namespace

Json to_json(const Evidence& evidence) {
  Evidence copy = evidence;
  return Writer::of(copy);
}

Result<Evidence> evidence_from_json(const Json& value) {
  Evidence evidence;
  Reader reader(value, "");
  if (reader.status) each_field(reader, evidence);
  TRY(reader.status);
  return evidence;
}

}  // namespace perennial::rollout

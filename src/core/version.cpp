#include "core/version.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace perennial {
namespace {

constexpr std::array<std::string_view, 7> status_names = {"registered", "shadow",      "canary",  "production",
                                                          "archived",   "quarantined", "rejected"};

}  // namespace

std::string VersionNumber::text() const { return fmt::format("{}.{}.{}", major, minor, patch); }

Result<VersionNumber> parse_version(std::string_view text) {
  std::array<std::uint32_t, 3> parts{};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    const bool last = i == 2;
    if (error != std::errc{} || (last ? next != end : next == end || *next != '.'))
      return fail(ErrorCode::invalid, fmt::format("'{}' is not a version", text.substr(0, 40)), {},
                  "write MAJOR.MINOR.PATCH, such as 1.0.2");
    at = next + 1;
  }
  return VersionNumber{parts[0], parts[1], parts[2]};
}

std::string_view to_string(VersionStatus status) { return status_names[static_cast<std::size_t>(status)]; }

Result<VersionStatus> parse_version_status(std::string_view text) {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (status_names[i] == text) return static_cast<VersionStatus>(i);
  return fail(ErrorCode::invalid, fmt::format("unknown version status '{}'", text));
}

Json to_json(const ModelVersion& v) {
  return {{"model", v.model},
          {"version", v.number.text()},
          {"status", std::string(to_string(v.status))},
          {"run_id", v.run_id},
          {"data_version", v.data_version},
          {"data_digest", v.data_digest},
          {"config_hash", v.config_hash},
          {"artifact_digest", v.artifact_digest},
          {"artifact_bytes", v.artifact_bytes},
          {"foreign", v.foreign},
          {"signature", v.signature},
          {"metrics", v.metrics},
          {"champion_metrics", v.champion_metrics},
          {"holdout_digest", v.holdout_digest},
          {"parent", v.parent ? Json(v.parent->text()) : Json(nullptr)},
          {"changelog", v.changelog},
          {"trigger", v.trigger},
          {"strategy", v.strategy},
          {"training_date", format_time(v.training_date)},
          {"registered_at", format_time(v.registered_at)},
          {"deployed_at", v.deployed_at ? Json(format_time(*v.deployed_at)) : Json(nullptr)},
          {"train_from", format_time(v.train_from)},
          {"train_to", format_time(v.train_to)},
          {"train_rows", v.train_rows},
          {"validation_rows", v.validation_rows},
          {"holdout_rows", v.holdout_rows},
          {"quarantine_cause", v.quarantine_cause}};
}

Result<ModelVersion> model_version_from_json(const Json& j) {
  try {
    ModelVersion v;
    v.model = j.at("model").get<std::string>();
    ASSIGN_OR_RETURN(v.number, parse_version(j.at("version").get<std::string>()));
    ASSIGN_OR_RETURN(v.status, parse_version_status(j.at("status").get<std::string>()));
    v.run_id = j.at("run_id").get<std::string>();
    v.data_version = j.at("data_version").get<std::string>();
    v.data_digest = j.at("data_digest").get<std::string>();
    v.config_hash = j.at("config_hash").get<std::string>();
    v.artifact_digest = j.at("artifact_digest").get<std::string>();
    v.artifact_bytes = j.at("artifact_bytes").get<std::uint64_t>();
    v.foreign = j.value("foreign", false);  // not in journals of before there were any
    v.signature = j.at("signature");
    const auto numbers = [&](const char* key, std::map<std::string, double>& into) {
      for (const auto& [name, value] : j.at(key).items())
        into[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    };
    numbers("metrics", v.metrics);
    numbers("champion_metrics", v.champion_metrics);
    v.holdout_digest = j.at("holdout_digest").get<std::string>();
    if (!j.at("parent").is_null()) {
      ASSIGN_OR_RETURN(v.parent, parse_version(j.at("parent").get<std::string>()));
    }
    v.changelog = j.at("changelog").get<std::string>();
    v.trigger = j.at("trigger").get<std::string>();
    v.strategy = j.at("strategy").get<std::string>();
    ASSIGN_OR_RETURN(v.training_date, parse_time(j.at("training_date").get<std::string>()));
    ASSIGN_OR_RETURN(v.registered_at, parse_time(j.at("registered_at").get<std::string>()));
    if (!j.at("deployed_at").is_null()) {
      ASSIGN_OR_RETURN(v.deployed_at, parse_time(j.at("deployed_at").get<std::string>()));
    }
    ASSIGN_OR_RETURN(v.train_from, parse_time(j.at("train_from").get<std::string>()));
    ASSIGN_OR_RETURN(v.train_to, parse_time(j.at("train_to").get<std::string>()));
    v.train_rows = j.at("train_rows").get<std::uint64_t>();
    v.validation_rows = j.at("validation_rows").get<std::uint64_t>();
    v.holdout_rows = j.at("holdout_rows").get<std::uint64_t>();
    v.quarantine_cause = j.at("quarantine_cause").get<std::string>();
    return v;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("a version record cannot be read: ") + e.what());
  }
}

}  // namespace perennial

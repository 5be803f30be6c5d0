#include "inference/parity.hpp"

#include <cmath>
#include <limits>

namespace perennial::inference {

std::string_view to_string(ParityKind kind) {
  switch (kind) {
    case ParityKind::real: return "real";
    case ParityKind::missing: return "missing";
    case ParityKind::extreme: return "extreme";
    case ParityKind::unseen: return "unseen";
    case ParityKind::split: return "split";
  }
  return "real";
}

Result<ParityReport> compare(const Outputs& native, const Outputs& session, std::span<const ParityKind> kinds) {
  if (native.rows != session.rows || native.width != session.width || kinds.size() != native.rows ||
      native.values.size() != native.rows * native.width || session.values.size() != native.values.size())
    return fail(ErrorCode::internal, "answers of different shapes cannot be compared");
  ParityReport report;
  report.rows = native.rows;
  for (const auto kind : kinds) ++report.rows_by_kind[std::string(to_string(kind))];
  if (native.rows == 0 || native.width == 0) return report;

  std::vector<double> scale(native.width, 1.0);
  for (std::size_t row = 0; row < native.rows; ++row)
    for (std::size_t i = 0; i < native.width; ++i)
      if (const double size = std::fabs(static_cast<double>(native.values[row * native.width + i]));
          std::isfinite(size))
        scale[i] = std::max(scale[i], size);

  report.worst = -1;
  for (std::size_t row = 0; row < native.rows; ++row) {
    for (std::size_t i = 0; i < native.width; ++i) {
      const double a = static_cast<double>(native.values[row * native.width + i]);
      const double b = static_cast<double>(session.values[row * native.width + i]);
      const bool finite = std::isfinite(a) && std::isfinite(b);
      const double difference = finite ? std::fabs(a - b) / scale[i] : std::numeric_limits<double>::infinity();
      if (difference <= report.worst) continue;
      report.worst = difference;
      report.worst_row = row;
      report.worst_output = i;
      report.worst_kind = to_string(kinds[row]);
      report.native = a;
      report.session = b;
    }
  }
  report.passed = report.worst <= report.tolerance;
  return report;
}

Json to_json(const ParityReport& report) {
  return {{"passed", report.passed},         {"rows", report.rows},           {"rows_by_kind", report.rows_by_kind},
          {"worst", report.worst},           {"worst_row", report.worst_row}, {"worst_output", report.worst_output},
          {"worst_kind", report.worst_kind}, {"native", report.native},       {"session", report.session},
          {"tolerance", report.tolerance}};
}

Result<ParityReport> parity_from_json(const Json& value) {
  const auto number = [](const Json& field) {
    return field.is_null() ? std::numeric_limits<double>::infinity() : field.get<double>();
  };
  try {
    ParityReport report;
    report.passed = value.at("passed").get<bool>();
    report.rows = value.at("rows").get<std::size_t>();
    report.rows_by_kind = value.at("rows_by_kind").get<std::map<std::string, std::size_t>>();
    report.worst = number(value.at("worst"));
    report.worst_row = value.at("worst_row").get<std::size_t>();
    report.worst_output = value.at("worst_output").get<std::size_t>();
    report.worst_kind = value.at("worst_kind").get<std::string>();
    report.native = number(value.at("native"));
    report.session = number(value.at("session"));
    report.tolerance = value.at("tolerance").get<double>();
    return report;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the parity report cannot be read: ") + e.what());
  }
}

}  // namespace perennial::inference

#include "lifecycle/families.hpp"

#include "alerts/channel.hpp"
#include "drift/detector.hpp"
#include "drift/quality/expectations.hpp"
#include "drift/stream.hpp"
#include "gates/check.hpp"
#include "learners/catalog.hpp"
#include "rollout/strategy.hpp"
#include "stats/metrics.hpp"
#include "triggers/policy.hpp"
#include "triggers/window.hpp"

namespace perennial::lifecycle {
namespace {

template <class Member>
std::vector<CatalogEntry> entries_of(const Catalog<Member>& catalog) {
  std::vector<CatalogEntry> entries;
  for (const auto& member : catalog.members()) entries.push_back(member.entry);
  return entries;
}

struct Family {
  std::string name;
  std::vector<CatalogEntry> (*entries)();
};

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"detectors", [] { return entries_of(drift::detectors()); }},
      {"data-checks", [] { return entries_of(drift::quality::checks()); }},
      {"expectations", [] { return entries_of(drift::quality::rules()); }},
      {"streams", [] { return entries_of(drift::stream_detectors()); }},
      {"policies", [] { return entries_of(triggers::policies()); }},
      {"windows", [] { return entries_of(triggers::windows()); }},
      {"gates", [] { return entries_of(gates::checks()); }},
      {"strategies", [] { return entries_of(rollout::strategies()); }},
      {"learners", [] { return entries_of(learners::catalog()); }},
      {"metrics", [] { return entries_of(stats::metrics()); }},
      {"channels", [] { return entries_of(alerts::channels()); }},
  };
  return all;
}

}  // namespace

std::vector<std::string> family_names() {
  std::vector<std::string> names;
  for (const auto& family : families()) names.push_back(family.name);
  return names;
}

Result<std::vector<CatalogEntry>> family(const std::string& name) {
  for (const auto& family : families())
    if (family.name == name) return family.entries();
  const auto names = family_names();
  return unknown_name("family", name, names, {}, ErrorCode::usage);
}

Json to_json(const std::vector<CatalogEntry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) {
    Json parameters = Json::array();
    for (const auto& p : entry.parameters)
      parameters.push_back(
          {{"name", p.name}, {"default", p.default_value}, {"range", p.range}, {"unit", p.unit}, {"help", p.help}});
    list.push_back({{"name", entry.name}, {"summary", entry.summary}, {"parameters", parameters}});
  }
  return list;
}

}  // namespace perennial::lifecycle

#pragma once
// One explicit list per family (detectors, policies, gate checks, strategies, learners, channels). Adding a member is
// one file and one line in the family's catalog.cpp; config validation, `perennial list` and the docs derive from it.

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace perennial {

/// One parameter of a family member, as shown by `perennial list`.
struct Parameter {
  std::string name;
  std::string default_value;
  std::string range;  ///< "0..1", "> 0", "one of a, b"
  std::string unit;   ///< "rows", "ms", "share"; empty for pure numbers
  std::string help;
};

/// What every member of a family says of itself.
struct CatalogEntry {
  std::string name;
  std::string summary;
  std::vector<Parameter> parameters;
};

/// The names in `known` closest to `name` by edit distance, best first, at most `most`.
std::vector<std::string> nearest_names(std::string_view name, std::span<const std::string> known, std::size_t most = 1);

/// "unknown <kind> 'x'; did you mean 'y'? known: a, b, c"
std::unexpected<Error> unknown_name(std::string_view kind, std::string_view name, std::span<const std::string> known,
                                    std::string where = {}, ErrorCode code = ErrorCode::config);

/// Members of one family in the order they were listed. `Member` derives from CatalogEntry or has one named `entry`.
template <class Member>
class Catalog {
 public:
  Catalog(std::string family, std::vector<Member> members) : family_(std::move(family)), members_(std::move(members)) {}

  const std::string& family() const { return family_; }
  const std::vector<Member>& members() const { return members_; }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    names.reserve(members_.size());
    for (const auto& member : members_) names.push_back(member.entry.name);
    return names;
  }

  /// Error: config, with the nearest and all known names.
  Result<const Member*> find(std::string_view name, std::string where = {}) const {
    for (const auto& member : members_)
      if (member.entry.name == name) return &member;
    const auto known = names();
    return unknown_name(family_, name, known, std::move(where));
  }

 private:
  std::string family_;
  std::vector<Member> members_;
};

}  // namespace perennial

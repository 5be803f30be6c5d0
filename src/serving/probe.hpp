#pragma once
// A question put to a version to see that it answers; after a rollback, that it is the one that answers now.

#include <cstdint>
#include <string>

#include "core/json.hpp"
#include "serving/router.hpp"

namespace perennial::serving {

struct ProbeEvidence {
  std::string model;
  std::string version;  ///< that was asked
  std::string digest;
  std::uint64_t epoch = 0;  ///< of the routing table that was looked at
  std::size_t rows = 0;     ///< asked
  bool synthetic = false;   ///< no traffic yet: one row with every value missing
  bool routed = true;       ///< confirm(): the table names the expected version as champion, and no challenger answers
  bool finite = false;      ///< all answers were finite
  std::string problem;      ///< empty where ok()

  bool ok() const { return routed && finite; }
};

Json to_json(const ProbeEvidence& evidence);

/// Asks the recent rows of the model.
ProbeEvidence probe(const ModelRoute& route, const Servable& servable, std::uint64_t epoch = 0);
/// For rollbacks and promotions: looks at the table that requests are routed with now.
ProbeEvidence confirm(const Router& router, const std::string& model, const std::string& expected_version);

}  // namespace perennial::serving

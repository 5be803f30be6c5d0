#pragma once
// All catalogs under one roof, for `perennial list`, GET /api/v1/catalog and the docs.

#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/json.hpp"

namespace perennial::lifecycle {

/// detectors, streams, policies, gates, strategies, learners, metrics, channels.
std::vector<std::string> family_names();
/// Error: usage, with the known names.
Result<std::vector<CatalogEntry>> family(const std::string& name);
Json to_json(const std::vector<CatalogEntry>& entries);

}  // namespace perennial::lifecycle

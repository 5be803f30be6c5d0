#pragma once
// In which encoding a text file was written.

#include <string>

#include "core/result.hpp"

namespace perennial::data {

/// "utf-8", "utf-16" (it begins with that byte order mark) or "latin-1": what is not well-formed UTF-8 from its first
/// to its last byte, as spreadsheets of Western Europe and the Americas write it. The names are DuckDB's. Reads the
/// whole file in blocks; a gzipped one is taken for UTF-8. Error: io.
Result<std::string> encoding_of(const std::string& path);

}  // namespace perennial::data

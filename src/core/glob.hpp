#pragma once
// Patterns of names, as configs write them.

#include <string_view>

namespace perennial {

/// '*' stands for any run of signs, also none, '?' for one. All else stands for itself.
bool matches_glob(std::string_view glob, std::string_view name);

}  // namespace perennial

#pragma once
// How a number is written where it stands for a class or a category: the same for files, requests and labels.

#include <string>

namespace perennial {

/// The shortest text that reads back as the same number; whole numbers below 1e15 without exponent or point, -0 as 0,
/// NaN as the empty text.
std::string number_text(double value);

}  // namespace perennial

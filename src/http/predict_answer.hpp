#pragma once
// Predictions as JSON text, without building a tree of it first.

#include <string>

#include "api/predictions.hpp"

namespace perennial::http {

/// {"id","outputs":{…},"version","arm"}, or {"predictions":[…]} of these. Numbers in their shortest exact form, null
/// where they are not finite. A class whose probabilities are not all numbers is null. Error: internal (widths differ).
Result<std::string> write_predictions(const api::PredictAnswer& answer, bool single);

/// Appends `text` as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);

}  // namespace perennial::http

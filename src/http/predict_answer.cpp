#include "http/predict_answer.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "core/utf8.hpp"

namespace perennial::http {
namespace {

/// The fixed texts of one target, written once per answer and not once per row.
struct Piece {
  std::string name;                  ///< "\"rul\":"
  std::vector<std::string> classes;  ///< "\"healthy\""
  std::size_t width = 1;
  bool regression = true;
};

void append_number(std::string& out, float value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

void append_class(std::string& out, const Piece& piece, const float* values) {
  std::size_t best = 0;
  bool known = true;
  for (std::size_t c = 0; c < piece.width; ++c) {
    known = known && std::isfinite(values[c]);
    if (values[c] > values[best]) best = c;
  }
  out += "{\"class\":";
  out += known ? piece.classes[best] : "null";
  out += ",\"probabilities\":{";
  for (std::size_t c = 0; c < piece.width; ++c) {
    if (c > 0) out += ',';
    out += piece.classes[c];
    out += ':';
    append_number(out, values[c]);
  }
  out += "}}";
}

void append_prediction(std::string& out, const api::Prediction& prediction, const std::vector<Piece>& pieces) {
  out += "{\"id\":";
  append_json_text(out, prediction.id);
  out += ",\"outputs\":{";
  const float* values = prediction.outputs.data();
  for (std::size_t t = 0; t < pieces.size(); ++t) {
    if (t > 0) out += ',';
    out += pieces[t].name;
    if (pieces[t].regression) append_number(out, *values);
    else append_class(out, pieces[t], values);
    values += pieces[t].width;
  }
  out += "},\"version\":";
  append_json_text(out, prediction.version);
  out += ",\"arm\":";
  append_json_text(out, prediction.arm);
  out += '}';
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80) {
      if (c == '"' || c == '\\') out += '\\';
      out += text[i++];
    } else if (c < 0x20) {
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
      ++i;
    } else if (const std::size_t length = utf8_length(text, i); length > 0) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  out += '"';
}

Result<std::string> write_predictions(const api::PredictAnswer& answer, bool single) {
  std::vector<Piece> pieces;
  std::size_t width = 0;
  for (const auto& target : answer.targets) {
    Piece piece;
    append_json_text(piece.name, target.name);
    piece.name += ':';
    piece.regression = !is_classification(target.task);
    piece.width = target.width();
    for (const auto& name : target.classes) append_json_text(piece.classes.emplace_back(), name);
    width += piece.width;
    pieces.push_back(std::move(piece));
  }
  for (const auto& prediction : answer.predictions)
    if (prediction.outputs.size() != width)
      return fail(ErrorCode::internal, "a prediction has another width than its targets", "predict");
  if (single && answer.predictions.size() != 1)
    return fail(ErrorCode::internal, "one instance has not one prediction", "predict");

  std::string out;
  out.reserve(answer.predictions.size() * (96 + width * 24) + 32);
  if (single) {
    append_prediction(out, answer.predictions[0], pieces);
    return out;
  }
  out += "{\"predictions\":[";
  for (std::size_t i = 0; i < answer.predictions.size(); ++i) {
    if (i > 0) out += ',';
    append_prediction(out, answer.predictions[i], pieces);
  }
  out += "]}";
  return out;
}

}  // namespace perennial::http

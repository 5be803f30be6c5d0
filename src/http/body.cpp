#include "http/body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <cmath>

#include "core/limits.hpp"
#include "http/strict_json.hpp"

namespace perennial::http {
namespace {

std::string shown(std::string_view name) { return std::string(name.substr(0, 80)); }

Status refuse_duplicates(const simdjson::dom::object& object, std::string_view where) {
  if (const auto twice = duplicate_key(object); !twice.empty())
    return fail(ErrorCode::invalid, fmt::format("the key '{}' is given twice", shown(twice)), std::string(where));
  return {};
}

Result<Json> convert(const simdjson::dom::element& element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::NULL_VALUE: return Json(nullptr);
    case element_type::BOOL: return Json(element.get_bool().value_unsafe());
    case element_type::INT64: return Json(element.get_int64().value_unsafe());
    case element_type::UINT64: return Json(element.get_uint64().value_unsafe());
    case element_type::DOUBLE: return Json(element.get_double().value_unsafe());
    case element_type::STRING: return Json(std::string(element.get_string().value_unsafe()));
    case element_type::ARRAY: {
      Json list = Json::array();
      const simdjson::dom::array items = element.get_array().value_unsafe();
      for (const auto item : items) {
        ASSIGN_OR_RETURN(Json value, convert(item));
        list.push_back(std::move(value));
      }
      return list;
    }
    case element_type::OBJECT: {
      Json object = Json::object();
      const simdjson::dom::object fields = element.get_object().value_unsafe();
      for (const auto field : fields) {
        ASSIGN_OR_RETURN(Json value, convert(field.value));
        if (!object.emplace(std::string(field.key), std::move(value)).second)
          return fail(ErrorCode::invalid, fmt::format("the key '{}' is given twice", shown(field.key)), "body");
      }
      return object;
    }
  }
  return fail(ErrorCode::internal, "a JSON value of no known kind", "body");
}

bool plain_key(std::string_view text) {
  if (text.empty() || text.size() > limits::id_bytes) return false;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  return true;
}

}  // namespace

Result<Json> parse_body(std::string& body) {
  std::optional<simdjson::dom::parser> own;
  ASSIGN_OR_RETURN(const auto element, parse_strict(body, own));
  return convert(element);
}

std::string_view kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null: return "null";
    case Json::value_t::boolean: return "true or false";
    case Json::value_t::string: return "a text";
    case Json::value_t::array: return "a list";
    case Json::value_t::object: return "an object";
    default: return "a number";
  }
}

Result<Fields> Fields::of(const Json& value, std::string where, std::initializer_list<std::string_view> known) {
  if (!value.is_object())
    return fail(ErrorCode::invalid, fmt::format("{} was given, an object is expected", kind_of(value)), where);
  for (const auto& [key, unused] : value.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      return fail(ErrorCode::invalid, fmt::format("unknown field '{}'", shown(key)), where,
                  fmt::format("known: {}", fmt::join(known, ", ")));
  return Fields(value, std::move(where));
}

const Json& Fields::raw(std::string_view name) const {
  static const Json nothing;
  const auto found = value_->find(std::string(name));
  return found == value_->end() ? nothing : *found;
}

bool Fields::has(std::string_view name) const { return !raw(name).is_null(); }

std::unexpected<Error> Fields::wrong(std::string_view name, std::string_view expected) const {
  const Json& value = raw(name);
  if (value.is_null())
    return fail(ErrorCode::invalid, fmt::format("'{}' is missing, expected {}", name, expected), where_);
  return fail(ErrorCode::invalid, fmt::format("'{}' is {}, expected {}", name, kind_of(value), expected), where_);
}

Result<std::optional<std::string>> Fields::text(std::string_view name, std::size_t bytes_most) const {
  if (!has(name)) return std::nullopt;
  if (!raw(name).is_string()) return wrong(name, "a text");
  auto text = raw(name).get<std::string>();
  if (text.size() > bytes_most)
    return fail(ErrorCode::invalid, fmt::format("'{}' is longer than {} bytes", name, bytes_most), where_);
  return std::optional(std::move(text));
}

Result<std::optional<std::string>> Fields::key(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  const Json& value = raw(name);
  if (!value.is_string() && !value.is_number_integer()) return wrong(name, "a text or a whole number");
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (!plain_key(text))
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is empty, longer than {} bytes or has control characters", name, limits::id_bytes),
                where_);
  return std::optional(std::move(text));
}

Result<std::optional<TimePoint>> Fields::time(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  if (!raw(name).is_string()) return wrong(name, "a time as text, such as \"2026-11-21T09:30:00Z\"");
  const auto at = parse_time(raw(name).get_ref<const std::string&>());
  if (!at)
    return fail(ErrorCode::invalid, fmt::format("'{}' is not a time: {}", name, at.error().what), where_,
                "write it as 2026-11-21T09:30:00Z");
  return std::optional(*at);
}

Result<std::optional<double>> Fields::number(std::string_view name, double least, double most) const {
  if (!has(name)) return std::nullopt;
  const std::string expected = fmt::format("a number {} to {}", least, most);
  if (!raw(name).is_number()) return wrong(name, expected);
  const double value = raw(name).get<double>();
  if (!(value >= least && value <= most))
    return fail(ErrorCode::invalid, fmt::format("'{}' is {}, expected {}", name, value, expected), where_);
  return std::optional(value);
}

Result<std::optional<std::int64_t>> Fields::integer(std::string_view name, std::int64_t least,
                                                    std::int64_t most) const {
  if (!has(name)) return std::nullopt;
  const std::string expected = fmt::format("a whole number {} to {}", least, most);
  const Json& value = raw(name);
  if (!value.is_number_integer()) return wrong(name, expected);
  const bool fits = value.is_number_unsigned()
                        ? most >= 0 && value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most) &&
                              (least <= 0 || value.get<std::uint64_t>() >= static_cast<std::uint64_t>(least))
                        : value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most;
  if (!fits)
    return fail(ErrorCode::invalid, fmt::format("'{}' is {}, expected {}", name, value.dump(), expected), where_);
  return std::optional(value.get<std::int64_t>());
}

Result<std::optional<bool>> Fields::boolean(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  if (!raw(name).is_boolean()) return wrong(name, "true or false");
  return std::optional(raw(name).get<bool>());
}

Result<std::optional<Json>> Fields::object(std::string_view name) const {
  if (!has(name)) return std::nullopt;
  if (!raw(name).is_object()) return wrong(name, "an object");
  return std::optional(raw(name));
}

namespace {

std::string_view kind_of(const simdjson::dom::element& value) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::NULL_VALUE: return "null";
    case element_type::BOOL: return "true or false";
    case element_type::STRING: return "a text";
    case element_type::ARRAY: return "a list";
    case element_type::OBJECT: return "an object";
    default: return "a number";
  }
}

std::unexpected<Error> wrong(const std::string& where, std::string_view name, const simdjson::dom::element& value,
                             std::string_view expected) {
  return fail(ErrorCode::invalid, fmt::format("'{}' is {}, expected {}", shown(name), kind_of(value), expected), where);
}

Status read_cell(const simdjson::dom::element& value, const std::string& where, std::string_view name,
                 api::Cell& cell) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::DOUBLE: cell.number = value.get_double().value_unsafe(); break;
    case element_type::INT64: cell.number = static_cast<double>(value.get_int64().value_unsafe()); break;
    case element_type::UINT64: cell.number = static_cast<double>(value.get_uint64().value_unsafe()); break;
    case element_type::NULL_VALUE: cell.number = std::nan(""); break;
    case element_type::STRING:
      cell.is_text = true;
      cell.text = std::string(value.get_string().value_unsafe());
      break;
    default: return wrong(where, name, value, "a number, a text or null");
  }
  return {};
}

Status read_features(const simdjson::dom::element& value, const std::string& where, api::Instance& instance) {
  const auto too_many = [&] {
    return fail(ErrorCode::too_large, fmt::format("more than {} features", limits::columns), where);
  };
  if (value.is_object()) {
    const simdjson::dom::object object = value.get_object().value_unsafe();
    TRY(refuse_duplicates(object, where));
    instance.features.reserve(object.size());
    for (const auto field : object) {
      if (instance.features.size() == limits::columns) return too_many();
      if (field.key.empty()) return fail(ErrorCode::invalid, "a feature has an empty name", where);
      auto& cell = instance.features.emplace_back();
      cell.name = std::string(field.key);
      TRY(read_cell(field.value, where, field.key, cell));
    }
    return {};
  }
  if (!value.is_array())
    return fail(
        ErrorCode::invalid,
        fmt::format("{} was given, expected an object of features or a list in the model's order", kind_of(value)),
        where);
  instance.positional = true;
  const simdjson::dom::array list = value.get_array().value_unsafe();
  instance.features.reserve(list.size());
  for (const auto item : list) {
    if (instance.features.size() == limits::columns) return too_many();
    auto& cell = instance.features.emplace_back();
    TRY(read_cell(item, where, fmt::format("[{}]", instance.features.size() - 1), cell));
  }
  return {};
}

Result<std::string> read_key(const simdjson::dom::element& value, const std::string& where, std::string_view name) {
  std::string text;
  if (value.is_string()) text = std::string(value.get_string().value_unsafe());
  else if (value.is_int64()) text = std::to_string(value.get_int64().value_unsafe());
  else if (value.is_uint64()) text = std::to_string(value.get_uint64().value_unsafe());
  else return wrong(where, name, value, "a text or a whole number");
  if (!plain_key(text))
    return fail(ErrorCode::invalid,
                fmt::format("'{}' is empty, longer than {} bytes or has control characters", name, limits::id_bytes),
                where);
  return text;
}

/// {"id"?, "entity"?, "at"?, "features"}; other keys are refused.
Status read_long_form(const simdjson::dom::object& object, const std::string& where, api::Instance& instance) {
  TRY(refuse_duplicates(object, where));
  bool has_features = false;
  for (const auto field : object) {
    if (field.key == "features") {
      has_features = true;
      TRY(read_features(field.value, where.empty() ? "features" : where + ".features", instance));
    } else if (field.key == "id" || field.key == "entity") {
      if (field.value.is_null()) continue;
      ASSIGN_OR_RETURN(auto text, read_key(field.value, where, field.key));
      (field.key == "id" ? instance.id : instance.entity) = std::move(text);
    } else if (field.key == "at") {
      if (field.value.is_null()) continue;
      if (!field.value.is_string())
        return wrong(where, "at", field.value, "a time as text, such as \"2026-11-21T09:30:00Z\"");
      const auto at = parse_time(field.value.get_string().value_unsafe());
      if (!at)
        return fail(ErrorCode::invalid, "'at' is not a time: " + at.error().what, where,
                    "write it as 2026-11-21T09:30:00Z");
      instance.at = *at;
    } else {
      return fail(ErrorCode::invalid, fmt::format("unknown field '{}'", shown(field.key)), where,
                  "known: id, entity, at, features (or instances alone)");
    }
  }
  if (!has_features)
    return fail(ErrorCode::invalid, "'features' is missing, expected an object or a list", where,
                "or send \"instances\": [...]");
  return {};
}

bool has_key(const simdjson::dom::object& object, std::string_view name) {
  return object.at_key(name).error() == simdjson::SUCCESS;
}

}  // namespace

Result<api::PredictRequest> parse_predict(std::string& body, bool& single) {
  std::optional<simdjson::dom::parser> own;
  ASSIGN_OR_RETURN(const auto element, parse_strict(body, own));
  if (!element.is_object())
    return fail(ErrorCode::invalid, fmt::format("{} was given, an object is expected", kind_of(element)), "body",
                "{\"features\": {…}} or {\"instances\": […]}");
  const simdjson::dom::object object = element.get_object().value_unsafe();
  api::PredictRequest request;
  single = !has_key(object, "instances");
  if (single) {
    TRY(read_long_form(object, "", request.instances.emplace_back()));
    return request;
  }
  if (object.size() != 1)
    return fail(ErrorCode::invalid, "other fields stand beside 'instances'", "body",
                "put id, entity and at into each instance");
  const simdjson::dom::element instances = object.at_key("instances").value_unsafe();
  if (!instances.is_array()) return wrong("", "instances", instances, "a list");
  const simdjson::dom::array list = instances.get_array().value_unsafe();
  request.instances.reserve(std::min<std::size_t>(list.size(), limits::instances_per_request));
  for (const auto item : list) {
    if (request.instances.size() == limits::instances_per_request)
      return fail(ErrorCode::too_large,
                  fmt::format("more than {} instances in one call", limits::instances_per_request), "instances");
    const std::string where = fmt::format("instances[{}]", request.instances.size());
    auto& instance = request.instances.emplace_back();
    if (item.is_object() && has_key(item.get_object().value_unsafe(), "features")) {
      TRY(read_long_form(item.get_object().value_unsafe(), where, instance));
    } else {
      TRY(read_features(item, where, instance));
    }
  }
  if (request.instances.empty()) return fail(ErrorCode::invalid, "'instances' is an empty list", "body");
  return request;
}

}  // namespace perennial::http

#include "core/config_node.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>

#include "core/catalog.hpp"
#include "core/limits.hpp"

namespace perennial {
namespace {

struct Parsed {
  enum class Kind { undefined, null, scalar, list, map } kind = Kind::undefined;
  std::string text;
  bool quoted = false;
  std::vector<std::pair<std::string, std::shared_ptr<const Parsed>>> entries;  // map, in file order
  std::vector<std::shared_ptr<const Parsed>> items;
  int line = 0;
};

/// Replaces ${NAME} from the environment.
Result<std::string> expand(const std::string& text, const std::string& place) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 2, "${") != 0) {
      out += text[i++];
      continue;
    }
    const auto end = text.find('}', i);
    if (end == std::string::npos) return fail(ErrorCode::config, "'${' without '}'", place);
    const std::string name = text.substr(i + 2, end - i - 2);
    const char* value = std::getenv(name.c_str());
    if (value == nullptr)
      return fail(ErrorCode::config, fmt::format("the environment variable {} is not set", name), place,
                  "export it, or write the value");
    out += value;
    i = end + 1;
  }
  return out;
}

Result<std::shared_ptr<const Parsed>> convert(const YAML::Node& node, const std::string& file, int depth) {
  auto parsed = std::make_shared<Parsed>();
  parsed->line = node.Mark().line + 1;
  const std::string place = fmt::format("{}:{}", file, parsed->line);
  if (depth > 64) return fail(ErrorCode::config, "nested too deeply", place, "at most 64 levels");
  if (const auto& tag = node.Tag(); !tag.empty() && tag != "?" && tag != "!")
    return fail(ErrorCode::config, fmt::format("the tag '{}' is not allowed", tag), place);
  switch (node.Type()) {
    case YAML::NodeType::Undefined: break;
    case YAML::NodeType::Null: parsed->kind = Parsed::Kind::null; break;
    case YAML::NodeType::Scalar: {
      parsed->kind = Parsed::Kind::scalar;
      parsed->quoted = node.Tag() == "!";
      ASSIGN_OR_RETURN(parsed->text, expand(node.Scalar(), place));
      break;
    }
    case YAML::NodeType::Sequence:
      parsed->kind = Parsed::Kind::list;
      for (const auto& item : node) {
        ASSIGN_OR_RETURN(auto child, convert(item, file, depth + 1));
        parsed->items.push_back(std::move(child));
      }
      break;
    case YAML::NodeType::Map: {
      parsed->kind = Parsed::Kind::map;
      std::set<std::string> seen;
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) return fail(ErrorCode::config, "a key must be plain text", place);
        const std::string key = entry.first.Scalar();
        if (key == "<<") return fail(ErrorCode::config, "merge keys are not allowed", place);
        if (!seen.insert(key).second)
          return fail(ErrorCode::config, fmt::format("the key '{}' is there twice", key),
                      fmt::format("{}:{}", file, entry.first.Mark().line + 1));
        ASSIGN_OR_RETURN(auto child, convert(entry.second, file, depth + 1));
        parsed->entries.emplace_back(key, std::move(child));
      }
      break;
    }
  }
  return std::shared_ptr<const Parsed>(std::move(parsed));
}

/// Meets every event of the parser, so that anchors are refused before aliases can multiply.
class AnchorFinder : public YAML::EventHandler {
 public:
  int line = 0;
  void see(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0 && line == 0) line = mark.line + 1;
  }
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { see(mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { see(mark, 1); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string&) override {
    see(mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    see(mark, anchor);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    see(mark, anchor);
  }
  void OnMapEnd() override {}
};

}  // namespace

struct ConfigNode::Impl {
  std::shared_ptr<const Parsed> parsed;
  std::string file;
  std::string path;
  int line = 0;
};

ConfigNode::ConfigNode() : impl_(std::make_shared<Impl>(Impl{std::make_shared<Parsed>(), "", "", 0})) {}

Result<ConfigNode> ConfigNode::parse(std::string_view text, std::string file) {
  if (text.size() > limits::config_bytes)
    return fail(ErrorCode::config, "the config file is too large", file,
                fmt::format("at most {} bytes", limits::config_bytes));
  try {
    // Depth is bounded by the indentation and brackets of the text itself before yaml-cpp recurses into it.
    std::size_t open = 0;
    for (const char c : text) {
      if (c == '[' || c == '{') ++open;
      if ((c == ']' || c == '}') && open > 0) --open;
      if (open > 256) return fail(ErrorCode::config, "nested too deeply", file, "at most 64 levels");
    }
    const std::string copy(text);
    std::istringstream events(copy);
    AnchorFinder anchors;
    YAML::Parser(events).HandleNextDocument(anchors);
    if (anchors.line != 0)
      return fail(ErrorCode::config, "anchors and aliases are not allowed", fmt::format("{}:{}", file, anchors.line));
    const YAML::Node root = YAML::Load(copy);
    ASSIGN_OR_RETURN(auto parsed, convert(root, file, 0));
    const int line = parsed->line;
    return ConfigNode(std::make_shared<Impl>(Impl{std::move(parsed), std::move(file), "", line}));
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::config, "not valid YAML: " + e.msg, fmt::format("{}:{}", file, e.mark.line + 1));
  }
}

bool ConfigNode::defined() const {
  return impl_->parsed->kind != Parsed::Kind::undefined && impl_->parsed->kind != Parsed::Kind::null;
}
bool ConfigNode::is_map() const { return impl_->parsed->kind == Parsed::Kind::map; }
bool ConfigNode::is_list() const { return impl_->parsed->kind == Parsed::Kind::list; }
bool ConfigNode::is_scalar() const { return impl_->parsed->kind == Parsed::Kind::scalar; }

std::string ConfigNode::place() const {
  std::string text = impl_->file;
  if (impl_->line > 0) text += fmt::format(":{}", impl_->line);
  if (!impl_->path.empty()) text += ": " + impl_->path;
  return text;
}

std::unexpected<Error> ConfigNode::error(std::string what, std::string hint) const {
  return fail(ErrorCode::config, std::move(what), place(), std::move(hint));
}

Status ConfigNode::check_keys(const std::vector<std::string>& known, const std::vector<std::string>& not_yet) const {
  if (!defined()) return {};
  if (!is_map()) return error("a map of keys is expected here", fmt::format("known keys: {}", fmt::join(known, ", ")));
  for (const auto& [key, child] : impl_->parsed->entries) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string here = (*this)[key].place();
    if (std::find(not_yet.begin(), not_yet.end(), key) != not_yet.end())
      return fail(ErrorCode::config, fmt::format("'{}' is not built yet", key), here, "remove the key");
    return unknown_name("key", key, known, here);
  }
  return {};
}

std::vector<std::string> ConfigNode::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, child] : impl_->parsed->entries) names.push_back(key);
  return names;
}

ConfigNode ConfigNode::operator[](std::string_view key) const {
  const std::string path = impl_->path.empty() ? std::string(key) : fmt::format("{}.{}", impl_->path, key);
  for (const auto& [name, child] : impl_->parsed->entries)
    if (name == key) return ConfigNode(std::make_shared<Impl>(Impl{child, impl_->file, path, child->line}));
  return ConfigNode(std::make_shared<Impl>(Impl{std::make_shared<Parsed>(), impl_->file, path, impl_->line}));
}

std::vector<ConfigNode> ConfigNode::items() const {
  std::vector<ConfigNode> nodes;
  for (std::size_t i = 0; i < impl_->parsed->items.size(); ++i) {
    const auto& child = impl_->parsed->items[i];
    nodes.push_back(ConfigNode(
        std::make_shared<Impl>(Impl{child, impl_->file, fmt::format("{}[{}]", impl_->path, i), child->line})));
  }
  return nodes;
}

Result<std::string> ConfigNode::text() const {
  if (!is_scalar()) return error(defined() ? "a text is expected here" : "a value is missing here");
  return impl_->parsed->text;
}

bool ConfigNode::is_percent() const { return is_scalar() && impl_->parsed->text.ends_with('%'); }

Result<double> ConfigNode::number() const {
  ASSIGN_OR_RETURN(const std::string value, text());
  std::string_view digits = value;
  const bool percent = digits.ends_with('%');
  if (percent) digits.remove_suffix(1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double parsed = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
  if (failure != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(parsed))
    return error(fmt::format("'{}' is not a number", value.substr(0, 60)));
  return percent ? parsed / 100 : parsed;
}

Result<double> ConfigNode::share() const {
  ASSIGN_OR_RETURN(const double value, number());
  if (value < 0 || value > 1) return error(fmt::format("{} is not a share", value), "write 0..1 or 0%..100%");
  return value;
}

Result<std::int64_t> ConfigNode::integer(std::int64_t least, std::int64_t most) const {
  ASSIGN_OR_RETURN(const std::string value, text());
  std::int64_t parsed = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (failure != std::errc{} || end != value.data() + value.size())
    return error(fmt::format("'{}' is not a whole number", value.substr(0, 60)));
  if (parsed < least || parsed > most)
    return error(fmt::format("{} is out of range", parsed), fmt::format("{} to {}", least, most));
  return parsed;
}

Result<bool> ConfigNode::boolean() const {
  ASSIGN_OR_RETURN(const std::string value, text());
  if (value == "true") return true;
  if (value == "false") return false;
  return error(fmt::format("'{}' is not true or false", value.substr(0, 60)));
}

Result<Duration> ConfigNode::duration() const {
  ASSIGN_OR_RETURN(const std::string value, text());
  auto parsed = parse_duration(value);
  if (!parsed) return error(parsed.error().what, parsed.error().hint);
  return *parsed;
}

Result<Span> ConfigNode::span() const {
  ASSIGN_OR_RETURN(const std::string value, text());
  auto parsed = parse_span(value);
  if (!parsed) return error(parsed.error().what, parsed.error().hint);
  return *parsed;
}

Result<std::uint64_t> ConfigNode::size_bytes() const {
  ASSIGN_OR_RETURN(const std::string value, text());
  double parsed = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  const std::string_view unit(end, static_cast<std::size_t>(value.data() + value.size() - end));
  const double factor = unit.empty() || unit == "B" ? 1
                        : unit == "KiB"             ? 1024
                        : unit == "MiB"             ? 1048576
                        : unit == "GiB"             ? 1073741824
                                                    : -1;
  if (failure != std::errc{} || factor < 0 || parsed < 0 || parsed * factor > 9e18)
    return error(fmt::format("'{}' is not a size", value.substr(0, 60)), "write 64KiB, 512MiB or 1GiB");
  return static_cast<std::uint64_t>(parsed * factor);
}

Result<std::vector<std::string>> ConfigNode::texts() const {
  std::vector<std::string> values;
  if (is_scalar()) {
    values.push_back(impl_->parsed->text);
    return values;
  }
  if (!is_list()) return error(defined() ? "a list of texts is expected here" : "a value is missing here");
  for (const auto& item : items()) {
    ASSIGN_OR_RETURN(auto value, item.text());
    values.push_back(std::move(value));
  }
  return values;
}

Json ConfigNode::json() const {
  switch (impl_->parsed->kind) {
    case Parsed::Kind::undefined:
    case Parsed::Kind::null: return nullptr;
    case Parsed::Kind::list: {
      Json list = Json::array();
      for (const auto& item : items()) list.push_back(item.json());
      return list;
    }
    case Parsed::Kind::map: {
      Json map = Json::object();
      for (const auto& [key, child] : impl_->parsed->entries) map[key] = (*this)[key].json();
      return map;
    }
    case Parsed::Kind::scalar: break;
  }
  const std::string& value = impl_->parsed->text;
  if (impl_->parsed->quoted) return value;
  if (value == "true") return true;
  if (value == "false") return false;
  std::int64_t whole = 0;
  if (const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), whole);
      failure == std::errc{} && end == value.data() + value.size())
    return whole;
  double real = 0;
  if (const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), real);
      failure == std::errc{} && end == value.data() + value.size() && std::isfinite(real))
    return real;
  return value;
}

}  // namespace perennial

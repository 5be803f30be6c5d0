#pragma once
// Reads YAML strictly: every key must be asked for, and one that is not known is an error that names the nearest
// known key and the line. Each module parses its own node with this; app/ only composes.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial {

/// A value in a config file that knows where it stands ("perennial.yaml:12: models[0].train.limit"). Cheap to copy.
/// Accessors of the wrong type give ErrorCode::config with place and expectation.
class ConfigNode {
 public:
  /// Refuses duplicate keys, anchors and aliases, tags, more than 64 levels, and files over limits::config_bytes.
  /// `${NAME}` in a scalar is replaced from the environment; an unset one is an error.
  static Result<ConfigNode> parse(std::string_view text, std::string file);

  ConfigNode();
  bool defined() const;  ///< false for a key that is not there (and for an explicit null)
  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;

  /// Fails where this map has a key that is not in `known` (error lists them), or where this is not a map.
  /// `not_yet` are keys that the contract has and this build does not: an error of their own that says so.
  Status check_keys(const std::vector<std::string>& known, const std::vector<std::string>& not_yet = {}) const;
  std::vector<std::string> keys() const;
  /// The value of a key of a map; an undefined node (with its place) where there is none.
  ConfigNode operator[](std::string_view key) const;
  std::vector<ConfigNode> items() const;  ///< of a list; empty for any other node

  Result<std::string> text() const;
  Result<double> number() const;  ///< a finite number, "5%" gives 0.05
  Result<double> share() const;   ///< number() that must be in 0..1
  Result<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  Result<bool> boolean() const;  ///< true or false only (yes, no, on, off are errors)
  Result<Duration> duration() const;
  Result<Span> span() const;
  Result<std::uint64_t> size_bytes() const;  ///< "512MiB", "64KiB", "1GiB" or plain bytes
  bool is_percent() const;                   ///< the scalar ends in '%'
  /// A list of scalars, or one scalar as a list of one.
  Result<std::vector<std::string>> texts() const;

  /// Where it stands, for error messages: "file:line: path".
  std::string place() const;
  /// Error of kind config at this place.
  std::unexpected<Error> error(std::string what, std::string hint = {}) const;
  /// The node as JSON (scalars: null, bool, integer, double or text as YAML 1.2 core reads them).
  Json json() const;

 private:
  struct Impl;
  explicit ConfigNode(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace perennial

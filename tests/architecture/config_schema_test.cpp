// docs/perennial.schema.json knows the keys and names that the parsers know. That it takes and refuses the same configs
// is tested in tests/peers/config_schema_test.cpp.
#include <gtest/gtest.h>
#include <stdio.h>

#include <array>

#include "architecture/source_tree.hpp"
#include "core/json.hpp"

namespace perennial::architecture {
namespace {

const Json& schema() {
  static const Json parsed = parse_json(read("docs/perennial.schema.json")).value_or(Json());
  return parsed;
}

/// Calls `visit` for every schema inside of `node`, itself included, with the key that it is the property of.
/// Conditions
/// (`if`, `then`, `not`) describe no key and are left out.
template <class Visit>
void for_each_schema(const Json& node, const std::string& property, const Visit& visit) {
  if (!node.is_object()) return;
  visit(node, property);
  for (const char* map : {"properties", "$defs"})
    if (node.contains(map))
      for (const auto& [key, child] : node.at(map).items())
        for_each_schema(child, map == std::string_view("properties") ? key : "", visit);
  for (const char* one : {"items", "additionalProperties", "propertyNames"})
    if (node.contains(one)) for_each_schema(node.at(one), "", visit);
  for (const char* list : {"anyOf", "allOf"})
    if (node.contains(list))
      for (const auto& child : node.at(list)) for_each_schema(child, "", visit);
}

/// The keys of all maps that the schema describes.
std::set<std::string> properties() {
  std::set<std::string> keys;
  for_each_schema(schema(), "", [&](const Json&, const std::string& property) {
    if (!property.empty()) keys.insert(property);
  });
  return keys;
}

/// The keys, the values that it lists, and the titles of alternatives that have no name in a config.
std::set<std::string> names() {
  std::set<std::string> all = properties();
  for_each_schema(schema(), "", [&](const Json& node, const std::string&) {
    if (node.contains("title")) all.insert(node.at("title").get<std::string>());
    if (!node.contains("enum")) return;
    for (const auto& value : node.at("enum")) all.insert(value.get<std::string>());
  });
  return all;
}

const Json* definition(const Json& node) {
  static const std::string start = "#/$defs/";
  const std::string to = node.value("$ref", "");
  if (!to.starts_with(start) || !schema().at("$defs").contains(to.substr(start.size()))) return nullptr;
  return &schema().at("$defs").at(to.substr(start.size()));
}

/// Keys that a check_keys of a config's parser takes, without those that are not built yet.
std::set<std::string> keys_of_the_parsers() {
  const std::regex call(R"(check_keys\(\s*\{([^{};]*)\}\s*(,\s*\{[^{};]*\}\s*)?\))");
  const std::regex list(R"(\b(?:known_)?keys = \{([^{};]*)\};)");
  const std::regex quoted(R"re("([a-z_0-9]+)")re");
  std::set<std::string> keys;
  for (const auto& path : files_below("src")) {
    if (!is_source(path) || module_of(path) == "core") continue;
    const std::string text = read(path);
    for (const auto& pattern : {call, list})
      for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
        const std::string between = (*it)[1];
        for (std::sregex_iterator name(between.begin(), between.end(), quoted); name != end; ++name)
          keys.insert((*name)[1]);
      }
  }
  return keys;
}

/// What `perennial list FAMILY` knows: the members, and the last parts of their parameters' names.
struct Family {
  std::set<std::string> members;
  std::set<std::string> parameters;
};

Family family(const std::string& name) {
  std::string text;
  FILE* pipe = ::popen(("'" PERENNIAL_BIN "' list --format json " + name).c_str(), "r");
  if (pipe == nullptr) return {};
  std::array<char, 65536> bytes{};
  for (std::size_t n = 0; (n = ::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) text.append(bytes.data(), n);
  ::pclose(pipe);
  Family found;
  for (const auto& member : parse_json(text).value_or(Json::array())) {
    found.members.insert(member.at("name").get<std::string>());
    for (const auto& parameter : member.at("parameters")) {
      const auto path = parameter.at("name").get<std::string>();
      found.parameters.insert(path.substr(path.rfind('.') + 1));  // "canary.steps"; npos + 1 is 0
    }
  }
  EXPECT_FALSE(found.members.empty()) << name << ": " << text;
  return found;
}

const std::vector<std::string> families = {"detectors", "data-checks", "streams",  "policies", "windows",
                                           "gates",     "strategies",  "learners", "channels"};

TEST(ConfigSchema, is_json_of_the_dialect_that_it_names) {
  const auto parsed = parse_json(read("docs/perennial.schema.json"));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->value("$schema", ""), "https://json-schema.org/draft/2020-12/schema");
}

TEST(ConfigSchema, its_references_lead_somewhere_and_no_definition_is_left_over) {
  std::set<std::string> used;
  for_each_schema(schema(), "", [&](const Json& node, const std::string& property) {
    if (!node.contains("$ref")) return;
    EXPECT_NE(definition(node), nullptr) << property << ": " << node.at("$ref");
    used.insert(node.at("$ref").get<std::string>());
  });
  for (const auto& [name, node] : schema().at("$defs").items())
    EXPECT_TRUE(used.contains("#/$defs/" + name)) << name << " is not used";
}

/// An editor shows it beside the key. Keys that only may be left empty are not suggested and need none.
TEST(ConfigSchema, every_key_has_a_description) {
  for_each_schema(schema(), "", [&](const Json& node, const std::string& property) {
    if (property.empty() || node.value("type", Json()) == "null") return;
    const Json* shown = node.contains("description") ? &node : definition(node);
    EXPECT_TRUE(shown != nullptr && shown->contains("description")) << property << ": " << node.dump();
  });
}

/// Everything that describes a fixed set of keys refuses others, as the parsers do.
TEST(ConfigSchema, every_map_is_closed) {
  for_each_schema(schema(), "", [&](const Json& node, const std::string& property) {
    if (!node.contains("properties") || !node.contains("type")) return;
    EXPECT_EQ(node.value("additionalProperties", Json()), Json(false)) << property << ": " << node.dump();
  });
}

TEST(ConfigSchema, has_every_key_of_the_parsers) {
  const auto known = properties();
  const auto keys = keys_of_the_parsers();
  EXPECT_GT(keys.size(), 150U);
  for (const auto& key : keys) EXPECT_TRUE(known.contains(key)) << key << " is not in docs/perennial.schema.json";
}

/// Named in the catalogs, and refused in a config: `perennial drift --scores` alone has what it judges.
const std::set<std::string> of_commands_only = {"domain_classifier"};

TEST(ConfigSchema, has_every_member_of_the_catalogs_and_its_parameters) {
  const auto all = names();
  const auto known = properties();
  for (const auto& name : families) {
    const Family found = family(name);
    for (const auto& member : found.members)
      EXPECT_NE(all.contains(member), of_commands_only.contains(member)) << name << ": " << member;
    if (name == "detectors" || name == "data-checks") continue;  // "level" is the value of {name: level}
    for (const auto& parameter : found.parameters) EXPECT_TRUE(known.contains(parameter)) << name << ": " << parameter;
  }
}

TEST(ConfigSchema, has_no_key_that_nobody_reads) {
  std::set<std::string> known = keys_of_the_parsers();
  known.insert("auto");  // `stream: auto`
  for (const auto& name : families) {
    Family found = family(name);
    known.merge(found.members);
    known.merge(found.parameters);
  }
  for (const auto& key : properties()) EXPECT_TRUE(known.contains(key)) << "no parser reads " << key;
}

/// The first cells of the tables in docs/config.md: `server.listen`, `derive: rolling`, `since_change`.
TEST(ConfigSchema, has_every_key_of_the_documented_tables) {
  const auto all = names();
  const std::regex cell(R"(\|\s*(`[^|]*?`)\s*\|)");
  const std::regex quoted(R"(`([^`]*)`)");
  const std::regex key(R"((?:[a-z_0-9]+\.)*(?:[a-z_]+: )?([a-z_0-9]+))");
  std::istringstream lines(read("docs/config.md"));
  std::size_t keys = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch first;
    if (!std::regex_search(line, first, cell, std::regex_constants::match_continuous)) continue;
    const std::string text = first[1];
    for (std::sregex_iterator it(text.begin(), text.end(), quoted), end; it != end; ++it) {
      const std::string words = (*it)[1];
      std::smatch name;
      if (!std::regex_match(words, name, key)) continue;  // `{every: 7d}`, `90d`
      if (std::regex_match(words, std::regex("[0-9]+[a-z]+"))) continue;
      ++keys;
      EXPECT_NE(all.contains(name[1]), of_commands_only.contains(name[1]))
          << name[1] << " of docs/config.md is not in docs/perennial.schema.json";
    }
  }
  EXPECT_GT(keys, 100U);
}

}  // namespace
}  // namespace perennial::architecture

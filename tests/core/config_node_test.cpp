#include "core/config_node.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <vector>

#include "core/limits.hpp"

namespace perennial {
namespace {

ConfigNode parsed(const std::string& text) {
  auto node = ConfigNode::parse(text, "c.yaml");
  EXPECT_TRUE(node) << node.error().message();
  return node ? *node : ConfigNode();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

struct RefusedRow {
  const char* why;
  std::string text;
  const char* message;  ///< part of it
  const char* where;
};

TEST(ConfigNode, refuses_what_would_mislead_and_says_where) {
  const std::vector<RefusedRow> rows = {
      {"a key that is there twice would silently win or lose", "a: 1\nb: 2\na: 3\n", "'a' is there twice", "c.yaml:3"},
      {"also deeper", "m:\n  x: 1\n  x: 2\n", "'x' is there twice", "c.yaml:3"},
      {"an anchor", "a: &x 1\nb: *x\n", "anchors and aliases", "c.yaml:1"},
      {"a billion laughs do not get that far", "a: &a [1]\nb: &b [*a, *a]\n", "anchors and aliases", "c.yaml:1"},
      {"a tag", "a: !!python/object 1\n", "tag", "c.yaml:1"},
      {"a local tag", "a: !secret x\n", "tag", "c.yaml:1"},
      {"a merge key", "a: {<<: {b: 1}}\n", "merge keys", "c.yaml:1"},
      {"a key that is a list", "? [a, b]\n: 1\n", "key must be plain", "c.yaml:1"},
      {"not YAML", "a: [1, 2\nb: 3\n", "not valid YAML", "c.yaml:"},
      {"a tab for indentation", "a:\n\tb: 1\n", "not valid YAML", "c.yaml:2"},
      {"brackets without end", repeated("[", 5000), "nested too deeply", "c.yaml"},
      {"more than 64 levels of brackets", repeated("[", 70) + repeated("]", 70), "nested too deeply", "c.yaml"},
      {"a variable that is not set", "a: 1\nb: ${PERENNIAL_TEST_UNSET}\n", "PERENNIAL_TEST_UNSET is not set",
       "c.yaml:2"},
      {"a variable without end", "a: ${HOME\n", "without '}'", "c.yaml:1"},
      {"a file that is too large", std::string(limits::config_bytes + 1, ' '), "too large", "c.yaml"},
  };
  for (const auto& row : rows) {
    const auto node = ConfigNode::parse(row.text, "c.yaml");
    ASSERT_FALSE(node) << row.why;
    EXPECT_EQ(node.error().code, ErrorCode::config) << row.why;
    EXPECT_NE(node.error().what.find(row.message), std::string::npos) << row.why << ": " << node.error().message();
    EXPECT_TRUE(node.error().where.starts_with(row.where)) << row.why << ": " << node.error().where;
  }
}

TEST(ConfigNode, lists_within_lists_without_brackets_are_bounded_too) {
  EXPECT_FALSE(ConfigNode::parse(repeated("- ", 100000) + "x", "c.yaml"));
  std::string steps;
  for (int i = 0; i < 80; ++i) steps += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_FALSE(ConfigNode::parse(steps, "c.yaml"));
}

TEST(ConfigNode, an_unknown_key_names_line_path_nearest_and_known_ones) {
  const auto node = parsed("models:\n  - name: x\n    trian: {}\n");
  const auto status = node["models"].items().at(0).check_keys({"name", "train", "gates"}, {"expectations"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::config);
  EXPECT_EQ(status.error().where, "c.yaml:3: models[0].trian");
  EXPECT_EQ(status.error().what, "unknown key 'trian'");
  EXPECT_EQ(status.error().hint, "did you mean 'train'? known: name, train, gates");
}

TEST(ConfigNode, a_key_that_is_not_built_yet_says_so_instead_of_being_unknown) {
  const auto status = parsed("expectations: []\n").check_keys({"name"}, {"expectations"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "'expectations' is not built yet");
}

TEST(ConfigNode, check_keys_wants_a_map_but_not_that_it_is_there) {
  EXPECT_TRUE(parsed("a: 1")["b"].check_keys({"x"}));
  EXPECT_FALSE(parsed("a: 1")["a"].check_keys({"x"}));
  EXPECT_FALSE(parsed("a: [1]")["a"].check_keys({"x"}));
}

TEST(ConfigNode, a_missing_key_has_a_place) {
  const auto missing = parsed("a:\n  b: 1\n")["a"]["c"]["d"];
  EXPECT_FALSE(missing.defined());
  const auto text = missing.text();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().where, "c.yaml:2: a.c.d");
  EXPECT_EQ(text.error().what, "a value is missing here");
  EXPECT_FALSE(parsed("a: ~")["a"].defined()) << "an explicit null is not there";
}

struct ScalarRow {
  const char* text;
  std::function<bool(const ConfigNode&)> read;
  bool good;
};

TEST(ConfigNode, scalars_are_read_strictly) {
  const auto number = [](double wanted) {
    return [wanted](const ConfigNode& n) {
      const auto v = n.number();
      return v && std::abs(*v - wanted) < 1e-12;
    };
  };
  const auto is_number = [](const ConfigNode& n) { return n.number().has_value(); };
  const auto is_share = [](const ConfigNode& n) { return n.share().has_value(); };
  const auto is_bool = [](const ConfigNode& n) { return n.boolean().has_value(); };
  const auto small = [](const ConfigNode& n) { return n.integer(1, 10).has_value(); };
  const auto bytes = [](std::uint64_t wanted) {
    return [wanted](const ConfigNode& n) { return n.size_bytes() == wanted; };
  };
  const auto is_size = [](const ConfigNode& n) { return n.size_bytes().has_value(); };
  const auto is_span = [](const ConfigNode& n) { return n.span().has_value(); };
  const std::vector<ScalarRow> rows = {
      {"5%", number(0.05), true},    {"0.25", number(0.25), true},  {"+3", number(3), true},
      {"-1e3", number(-1000), true}, {".inf", is_number, false},    {"nan", is_number, false},
      {"1,5", is_number, false},     {"0x10", is_number, false},    {"5 %", is_number, false},
      {"''", is_number, false},      {"100%", is_share, true},      {"101%", is_share, false},
      {"-0.1", is_share, false},     {"true", is_bool, true},       {"yes", is_bool, false},
      {"on", is_bool, false},        {"1", is_bool, false},         {"10", small, true},
      {"11", small, false},          {"0", small, false},           {"1.0", small, false},
      {"1e1", small, false},         {"64KiB", bytes(65536), true}, {"1.5MiB", bytes(1572864), true},
      {"12", bytes(12), true},       {"1MB", is_size, false},       {"-1KiB", is_size, false},
      {"7d", is_span, true},         {"100rows", is_span, true},    {"100", is_span, false},
  };
  for (const auto& row : rows) EXPECT_EQ(row.read(parsed(std::string("k: ") + row.text)["k"]), row.good) << row.text;
}

TEST(ConfigNode, a_wrong_scalar_names_its_line_and_value) {
  const auto node = parsed("train:\n  seed: many\n");
  const auto seed = node["train"]["seed"].integer(0, 100);
  ASSERT_FALSE(seed);
  EXPECT_EQ(seed.error().where, "c.yaml:2: train.seed");
  EXPECT_EQ(seed.error().what, "'many' is not a whole number");
}

TEST(ConfigNode, environment_variables_are_put_in) {
  ::setenv("PERENNIAL_TEST_TOKEN", "abc", 1);
  const auto node = parsed("a: x-${PERENNIAL_TEST_TOKEN}-y\nb: \"${PERENNIAL_TEST_TOKEN}\"\nc: $HOME\n");
  EXPECT_EQ(node["a"].text().value(), "x-abc-y");
  EXPECT_EQ(node["b"].text().value(), "abc");
  EXPECT_EQ(node["c"].text().value(), "$HOME") << "only the form with braces";
}

TEST(ConfigNode, one_text_is_a_list_of_one) {
  const auto node = parsed("a: x\nb: [x, y]\nc: {d: 1}\n");
  EXPECT_EQ(node["a"].texts().value(), std::vector<std::string>{"x"});
  EXPECT_EQ(node["b"].texts().value(), (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(node["c"].texts());
  EXPECT_EQ(node["b"].items().at(1).place(), "c.yaml:2: b[1]");
}

TEST(ConfigNode, json_reads_scalars_as_yaml_does_and_keeps_quoted_ones_as_text) {
  EXPECT_EQ(to_text(parsed("{a: 1, b: 1.5, c: true, d: text, e: \"1\", f: ~, g: [1, x], h: 5%}").json()),
            R"({"a":1,"b":1.5,"c":true,"d":"text","e":"1","f":null,"g":[1,"x"],"h":"5%"})");
}

}  // namespace
}  // namespace perennial

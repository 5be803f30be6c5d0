// What deploy/ names exists, and the manifest asks for what a server with state needs.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "architecture/source_tree.hpp"

namespace perennial::architecture {
namespace {

/// The instructions of a Dockerfile with continued lines joined; comments left out.
std::vector<std::string> instructions() {
  std::vector<std::string> all;
  std::istringstream lines(read("deploy/Dockerfile"));
  bool continued = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const bool goes_on = line.ends_with("\\");
    if (goes_on) line.pop_back();
    if (continued) all.back() += " " + line;
    else all.push_back(line);
    continued = goes_on;
  }
  return all;
}

std::set<std::string> listed_packages() {
  std::set<std::string> packages;
  std::istringstream lines(read("scripts/packages.txt"));
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line.front() != '#') packages.insert(line);
  return packages;
}

bool has(const std::string& start) {
  const auto all = instructions();
  return std::any_of(all.begin(), all.end(), [&](const auto& line) { return line.starts_with(start); });
}

TEST(Dockerfile, copies_only_what_exists) {
  std::size_t copied = 0;
  for (const auto& instruction : instructions()) {
    if (!instruction.starts_with("COPY ")) continue;
    std::istringstream words(instruction.substr(5));
    std::vector<std::string> paths;
    bool other_stage = false;
    for (std::string word; words >> word;) {
      if (word.starts_with("--")) other_stage = other_stage || word.starts_with("--from=");
      else paths.push_back(word);
    }
    ASSERT_GE(paths.size(), 2U) << instruction;
    if (other_stage) continue;
    for (std::size_t i = 0; i + 1 < paths.size(); ++i, ++copied)
      EXPECT_TRUE(std::filesystem::exists(root() / paths[i])) << instruction;
  }
  EXPECT_GT(copied, 3U);
}

/// CMake stops at a folder that the image does not have.
TEST(Dockerfile, every_folder_that_is_configured_is_copied_or_switched_off) {
  std::string text;
  for (const auto& instruction : instructions()) text += instruction + "\n";
  std::size_t folders = 0;
  std::string condition;
  std::istringstream lines(read("CMakeLists.txt"));
  const std::regex opening(R"(if\((PERENNIAL_[A-Z]+)\))");
  const std::regex folder(R"( *add_subdirectory\(([a-z]+)\))");
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, opening)) condition = found[1];
    else if (line.starts_with("endif")) condition.clear();
    else if (std::regex_match(line, found, folder)) {
      ++folders;
      const std::string name = found[1];
      const bool copied = text.find("COPY " + name + " ") != std::string::npos;
      const bool off = !condition.empty() && text.find("-D" + condition + "=OFF") != std::string::npos;
      EXPECT_TRUE(copied || off) << name;
    }
  }
  EXPECT_GE(folders, 4U);
}

TEST(Dockerfile, runs_only_scripts_that_exist) {
  const std::regex script(R"((scripts/[a-z_]+\.sh))");
  std::size_t scripts = 0;
  const std::string text = read("deploy/Dockerfile");
  for (std::sregex_iterator it(text.begin(), text.end(), script), end; it != end; ++it, ++scripts)
    EXPECT_TRUE(std::filesystem::exists(root() / it->str())) << it->str();
  EXPECT_GE(scripts, 2U);
}

TEST(Dockerfile, runs_as_nobody_in_particular_with_its_state_in_a_volume) {
  const auto all = instructions();
  std::string user;
  for (const auto& line : all)
    if (line.starts_with("USER ")) user = line.substr(5);
  EXPECT_FALSE(user.empty());
  EXPECT_NE(user, "root");
  EXPECT_FALSE(user.starts_with("0"));
  EXPECT_TRUE(has("VOLUME"));
  EXPECT_TRUE(has("HEALTHCHECK"));
  EXPECT_TRUE(has("ENTRYPOINT"));
  // A token in an image is a token that everybody has.
  for (const auto& line : all)
    EXPECT_TRUE(!(line.starts_with("ENV") || line.starts_with("ARG")) || line.find("TOKEN") == std::string::npos)
        << line;
}

/// The runtime's packages are named in the Dockerfile; each is the run-time half of a listed development package.
TEST(Dockerfile, every_package_belongs_to_a_listed_one) {
  const std::map<std::string, std::string> run_time = {
      {"libcurl4", "libcurl4-openssl-dev"},  {"libfmt9", "libfmt-dev"},
      {"libonnx1", "libonnx-dev"},           {"libprotobuf32", "libprotobuf-dev"},
      {"libsimdjson14", "libsimdjson-dev"},  {"libspdlog1.10", "libspdlog-dev"},
      {"libsqlite3-0", "libsqlite3-dev"},    {"libssl3", "libssl-dev"},
      {"libxgboost0", "libxgboost-dev"},     {"libxxhash0", "libxxhash-dev"},
      {"libyaml-cpp0.7", "libyaml-cpp-dev"}, {"libdate-tz3", "libhowardhinnant-date-dev"},
  };
  const auto listed = listed_packages();
  ASSERT_GT(listed.size(), 20U);
  const std::regex install(R"(apt-get install((?: +[A-Za-z0-9.+-]+)+))");
  std::size_t packages = 0;
  for (const auto& instruction : instructions()) {
    for (std::sregex_iterator it(instruction.begin(), instruction.end(), install), end; it != end; ++it) {
      std::istringstream words((*it)[1].str());
      for (std::string word; words >> word;) {
        if (word.starts_with("-")) continue;
        ++packages;
        const auto development = run_time.find(word);
        EXPECT_TRUE(listed.contains(word) || (development != run_time.end() && listed.contains(development->second)))
            << word << " is not from scripts/packages.txt";
      }
    }
  }
  EXPECT_GT(packages, 5U);
}

class Kubernetes : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      for (auto& document : YAML::LoadAll(read("deploy/kubernetes.yaml")))
        if (document.IsMap()) by_kind[document["kind"].as<std::string>()] = document;
    } catch (const YAML::Exception& error) {
      FAIL() << "deploy/kubernetes.yaml: " << error.what();
    }
  }
  std::map<std::string, YAML::Node> by_kind;
};

TEST_F(Kubernetes, has_the_parts) {
  for (const char* kind : {"Secret", "ConfigMap", "Service", "StatefulSet"}) {
    ASSERT_TRUE(by_kind.contains(kind)) << kind;
    EXPECT_TRUE(by_kind[kind]["apiVersion"]) << kind;
    EXPECT_TRUE(by_kind[kind]["metadata"]["name"]) << kind;
  }
}

TEST_F(Kubernetes, one_server_owns_one_volume) {
  const YAML::Node spec = by_kind["StatefulSet"]["spec"];
  EXPECT_EQ(spec["replicas"].as<int>(), 1);
  ASSERT_EQ(spec["volumeClaimTemplates"].size(), 1U);
  const std::string claim = spec["volumeClaimTemplates"][0]["metadata"]["name"].as<std::string>();
  EXPECT_TRUE(spec["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]);
  const YAML::Node container = spec["template"]["spec"]["containers"][0];
  bool mounted = false;
  for (const auto& mount : container["volumeMounts"])
    mounted = mounted || (mount["name"].as<std::string>() == claim && mount["mountPath"].as<std::string>() == "/data");
  EXPECT_TRUE(mounted) << "the claim is not mounted at /data";
}

TEST_F(Kubernetes, is_probed_bounded_and_unprivileged) {
  const YAML::Node pod = by_kind["StatefulSet"]["spec"]["template"]["spec"];
  const YAML::Node container = pod["containers"][0];
  EXPECT_EQ(container["livenessProbe"]["httpGet"]["path"].as<std::string>(), "/healthz");
  EXPECT_EQ(container["readinessProbe"]["httpGet"]["path"].as<std::string>(), "/readyz");
  for (const char* side : {"requests", "limits"})
    for (const char* what : {"cpu", "memory"}) EXPECT_TRUE(container["resources"][side][what]) << side << " " << what;
  EXPECT_TRUE(pod["securityContext"]["runAsNonRoot"].as<bool>());
  EXPECT_FALSE(container["securityContext"]["allowPrivilegeEscalation"].as<bool>());
  EXPECT_TRUE(container["securityContext"]["readOnlyRootFilesystem"].as<bool>());
  EXPECT_GE(pod["terminationGracePeriodSeconds"].as<int>(), 30);
}

TEST_F(Kubernetes, the_token_comes_from_the_secret) {
  const YAML::Node container = by_kind["StatefulSet"]["spec"]["template"]["spec"]["containers"][0];
  const std::string secret = by_kind["Secret"]["metadata"]["name"].as<std::string>();
  bool found = false;
  for (const auto& variable : container["env"]) {
    if (variable["name"].as<std::string>() != "PERENNIAL_TOKEN") continue;
    found = true;
    EXPECT_FALSE(variable["value"]);
    EXPECT_EQ(variable["valueFrom"]["secretKeyRef"]["name"].as<std::string>(), secret);
  }
  EXPECT_TRUE(found);
}

TEST_F(Kubernetes, names_agree) {
  const YAML::Node set = by_kind["StatefulSet"]["spec"];
  const YAML::Node labels = set["template"]["metadata"]["labels"];
  for (const YAML::Node& selector : {set["selector"]["matchLabels"], by_kind["Service"]["spec"]["selector"]})
    for (const auto& label : selector)
      EXPECT_EQ(labels[label.first.as<std::string>()].as<std::string>(), label.second.as<std::string>());
  EXPECT_EQ(set["serviceName"].as<std::string>(), by_kind["Service"]["metadata"]["name"].as<std::string>());
}

}  // namespace
}  // namespace perennial::architecture

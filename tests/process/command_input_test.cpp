// What can be wrong on the command line, in files and in the data directory: one clear sentence each.

#include <gtest/gtest.h>

#include "process/scene.hpp"

namespace perennial::process {
namespace {

std::size_t lines(const std::string& text) { return static_cast<std::size_t>(std::ranges::count(text, '\n')); }

class CommandInput : public ::testing::Test {
 protected:
  Outcome perennial(std::vector<std::string> arguments, const Child::Environment& environment = {}) {
    arguments.insert(arguments.begin(), PERENNIAL_BIN);
    return run(std::move(arguments), folder.path(), Milliseconds(60000), environment);
  }
  std::string file(const std::string& name, const std::string& text) {
    write_text(folder / name, text);
    return (folder / name).string();
  }
  const Folder folder;
};

TEST_F(CommandInput, an_unknown_config_key_names_its_line_and_the_nearest_key) {
  const std::string text = config_text("rows.csv", "    retrian: {cooldown: 1s}\n");
  const std::string config = file("config.yaml", text);
  for (const char* command : {"validate", "replay", "serve", "train"}) {
    const Outcome outcome = perennial({command, config});
    EXPECT_EQ(outcome.exit_code, 2) << command << ": " << outcome.err;
    const auto line = 1 + lines(text.substr(0, text.find("retrian")));
    EXPECT_NE(outcome.err.find(fmt::format("{}", line)), std::string::npos)
        << "the line " << line << " is not named: " << outcome.err;
    EXPECT_NE(outcome.err.find("retrian"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("retrain"), std::string::npos) << "the nearest key is not named: " << outcome.err;
  }
}

TEST_F(CommandInput, a_server_that_could_not_listen_is_named_before_it_starts) {
  const auto with_server = [&](const std::string& server) {
    std::string text = config_text("rows.csv", by_hand);
    const std::size_t begin = text.find("server: {");
    text.replace(begin, text.find('\n', begin) - begin, "server: " + server);
    return file("config.yaml", text);
  };
  struct Row {
    std::string server, wanted;
  };
  const std::vector<Row> rows = {
      {R"({listen: "here:80"})", "server.listen"},
      {R"({listen: "127.0.0.1"})", "it has no port"},
      {R"({listen: "0.0.0.0:8080", auth: {token: "0123456789abcdef\u00e4"}})", "token"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = perennial({"validate", with_server(row.server)});
    EXPECT_EQ(outcome.exit_code, 2) << row.server << ": " << outcome.err;
    EXPECT_NE(outcome.err.find(row.wanted), std::string::npos) << row.server << ": " << outcome.err;
  }
  const Outcome token_comes_later = perennial({"validate", with_server(R"({listen: "0.0.0.0:8080"})")});
  EXPECT_EQ(token_comes_later.exit_code, 0) << token_comes_later.err;
}

TEST_F(CommandInput, the_numbers_of_all_presets_are_one_table) {
  const Outcome printed = perennial({"list", "presets"});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  for (const char* part : {"conservative", "monitor.psi", "rollout.shadow", "@monthly"})
    EXPECT_NE(printed.out.find(part), std::string::npos) << part << ": " << printed.out;
  const Outcome json = perennial({"list", "presets", "--format", "json"});
  const Json all = Json::parse(json.out);
  EXPECT_EQ(all.at("monitor.psi").at("conservative"), 0.1);
  EXPECT_EQ(all.at("monitor.psi").at("default"), 0.2);
  EXPECT_EQ(all.at("monitor.psi").at("fast"), 0.3);
  EXPECT_EQ(all.at("rollout.shadow").at("default"), "24h");
  EXPECT_EQ(all.at("rollout.shadow").at("fast"), "1h");
  EXPECT_EQ(all.at("retrain.when").at("default").at(1).at("schedule"), "@monthly");
  EXPECT_EQ(all.at("retrain.when").at("conservative").at(1).at("schedule"), "0 3 1 1,4,7,10 *");
}

TEST_F(CommandInput, unknown_commands_flags_and_missing_files_are_usage_errors) {
  EXPECT_EQ(perennial({"fly"}).exit_code, 2);
  EXPECT_EQ(perennial({"replay", "--wings"}).exit_code, 2);
  const Outcome missing = perennial({"replay", (folder / "none.yaml").string()});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.err.find("none.yaml"), std::string::npos) << missing.err;
}

TEST_F(CommandInput, data_that_cannot_be_used_is_one_sentence_and_exit_code_1) {
  struct Row {
    std::string what, name, text;
  };
  const std::vector<Row> rows = {
      {"only a header", "header.csv", "a,b,c,y\n"},
      {"three rows", "three.csv", "a,b,c,y\n1,2,3,4\n2,3,4,5\n3,4,5,6\n"},
      {"an empty file", "empty.csv", ""},
      {"a broken gzip file", "broken.csv.gz",
       std::string("\x1f\x8b\x08\x00", 4) + "nonsense, and not a deflate stream"},
      {"a broken Parquet file", "broken.parquet", "PAR1 this is no Parquet file PAR1"},
      {"a file that is not there", "", ""},
  };
  const std::string config = file("config.yaml", config_text("rows.csv", by_hand));
  for (const auto& row : rows) {
    const std::string data = row.name.empty() ? (folder / "gone.csv").string() : file(row.name, row.text);
    const Outcome outcome = perennial({"replay", config, "--data", data});
    EXPECT_EQ(outcome.exit_code, 1) << row.what << ": " << outcome.err;
    EXPECT_EQ(lines(outcome.err), 1u) << row.what << ": " << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("perennial: ")) << row.what << ": " << outcome.err;
  }
  for (const char* name : {"header.csv", "empty.csv", "broken.csv.gz"}) {
    const Outcome outcome = perennial(
        {"init", "--data", (folder / name).string(), "--target", "y", "--output", (folder / "out.yaml").string()});
    EXPECT_EQ(outcome.exit_code, 1) << name << ": " << outcome.err;
    EXPECT_EQ(lines(outcome.err), 1u) << name << ": " << outcome.err;
  }
}

TEST_F(CommandInput, a_second_server_on_the_same_data_directory_is_refused) {
  const std::string rows = file("rows.csv", regression_csv(400, 400, 3));
  const std::string config = file("config.yaml", config_text(rows, by_hand));
  Server first(config, folder / "data", folder / "log");
  ASSERT_TRUE(first.listening() && first.wait_ready()) << first.log();
  const Outcome second =
      perennial({"serve", config, "--data-dir", (folder / "data").string(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 1) << second.err;
  EXPECT_EQ(lines(second.err), 1u) << second.err;
  const Outcome writer = perennial({"rollback", "--config", config, "--data-dir", (folder / "data").string()});
  EXPECT_EQ(writer.exit_code, 1) << writer.err;
  Connection connection(first.port());
  EXPECT_EQ(connection.get("/healthz").status, 200);
}

TEST_F(CommandInput, a_bind_beyond_loopback_needs_a_token) {
  const std::string rows = file("rows.csv", regression_csv(400, 400, 3));
  const std::string config = file("config.yaml", config_text(rows, by_hand));
  const Outcome outcome = perennial(
      {"serve", config, "--data-dir", (folder / "data").string(), "--listen", "0.0.0.0:0"}, {{"PERENNIAL_TOKEN", ""}});
  EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
  EXPECT_NE(outcome.err.find("token"), std::string::npos) << outcome.err;
}

TEST_F(CommandInput, a_flipped_byte_in_an_artifact_is_named_and_never_served) {
  const std::string rows = file("rows.csv", regression_csv(400, 400, 3));
  const std::string config = file("config.yaml", config_text(rows, by_hand));
  const std::string data = (folder / "data").string();
  const Outcome trained = perennial({"train", config, "--data-dir", data});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const Json versions = Json::parse(
      perennial({"versions", "--config", config, "--data-dir", data, "--format", "json"}).out, nullptr, false);
  const std::string digest = versions.at(0).at("artifact_digest").get<std::string>();
  const Outcome good = perennial({"audit", "verify", "--config", config, "--data-dir", data});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  Path blob;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "data" / "blobs"))
    if (entry.is_regular_file() && entry.path().string().find(digest.substr(4)) != std::string::npos)
      blob = entry.path();
  ASSERT_FALSE(blob.empty()) << "the artifact is not among the blobs";
  std::string bytes = read_text(blob);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  std::filesystem::permissions(blob, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  write_text(blob, bytes);

  const Outcome audit = perennial({"audit", "verify", "--config", config, "--data-dir", data});
  EXPECT_EQ(audit.exit_code, 1);
  EXPECT_NE(audit.err.find(digest.substr(0, 8)), std::string::npos) << "the artifact is not named: " << audit.err;
  const Outcome serve = run({PERENNIAL_BIN, "serve", config, "--data-dir", data, "--listen", "127.0.0.1:0"},
                            folder.path(), Milliseconds(5000));
  if (serve.exit_code == -1) ADD_FAILURE() << "it serves a damaged artifact: " << serve.err;
  EXPECT_NE(serve.err.find(digest.substr(0, 8)), std::string::npos) << serve.err;
}

TEST_F(CommandInput, a_changed_journal_is_named) {
  const std::string rows = file("rows.csv", regression_csv(400, 400, 3));
  const std::string config = file("config.yaml", config_text(rows, by_hand));
  const std::string data = (folder / "data").string();
  ASSERT_EQ(perennial({"train", config, "--data-dir", data}).exit_code, 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder / "data")) {
    std::string bytes =
        read_text(entry.path().string().find("perennial.db") == std::string::npos ? Path("/dev/null") : entry.path());
    const std::string word = "nothing serves before it";
    bool changed = false;
    for (auto at = bytes.find(word); at != std::string::npos; at = bytes.find(word, at + 1)) {
      bytes[at] = 'N';
      changed = true;
    }
    if (changed) write_text(entry.path(), bytes);
  }
  const Outcome audit = perennial({"audit", "verify", "--config", config, "--data-dir", data});
  EXPECT_EQ(audit.exit_code, 1) << audit.out;
  EXPECT_FALSE(audit.err.empty());
}

}  // namespace
}  // namespace perennial::process

// perennial prune: removes the artifacts of versions that need not be kept.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"
#include "lifecycle/prediction_account.hpp"
#include "lifecycle/retention.hpp"

namespace perennial::app {

void add_prune(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "prune", "remove artifacts beyond rollout.keep; never what serves, may serve again at once, or is pinned");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto reason = std::make_shared<std::string>();
  auto dry_run = std::make_shared<bool>(false);
  command->add_flag("--dry-run", *dry_run, "say what would go, and touch nothing");
  command->add_option("--reason", *reason, "why; it is journalled");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial prune --dry-run");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/prune"),
                                             Json{{"dry_run", *dry_run}, {"reason", *reason}}));
      } else if (*dry_run) {
        ASSIGN_OR_RETURN(const auto config, config_of(*target));
        ASSIGN_OR_RETURN(const auto* known, config.model(target->model));
        const auto keep = static_cast<std::size_t>(known->rollout.keep);
        ASSIGN_OR_RETURN(
            answer, look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
              ASSIGN_OR_RETURN(const auto stored, fleet.blobs().list());
              auto retention = lifecycle::plan_retention(fleet.state(), stored, model, keep);
              ASSIGN_OR_RETURN(retention.labels,
                               lifecycle::label_retention(*fleet.options().files,
                                                          lifecycle::feedback_folder(fleet.options().data_dir, model)));
              return lifecycle::to_json(retention, model, keep, true);
            }));
      } else {
        ASSIGN_OR_RETURN(answer,
                         act_on(*target,
                                [&]([[maybe_unused]] lifecycle::Desk& desk, [[maybe_unused]] lifecycle::Fleet& fleet,
                                    const std::string& model) -> Result<Json> {
                                  return desk.prune(model, false, {std::nullopt, "cli", *reason});
                                }));
      }
      if (*format == "json") {
        print(answer.dump(2));
        return 0;
      }
      std::vector<std::vector<std::string>> rows = {{"version", "what", "bytes", "digest"}};
      for (const auto& blob : answer.at("blobs"))
        rows.push_back({cell(blob.at("version")), cell(blob.at("what")), cell(blob.at("bytes")),
                        blob.at("digest").get<std::string>().substr(0, 8)});
      if (rows.size() > 1) print(table(rows));
      print(fmt::format("{} {} bytes of {} versions; {} are kept beside those that serve, may serve or are pinned",
                        *dry_run ? "would free" : "freed", cell(answer.at("bytes")), answer.at("versions").size(),
                        cell(answer.at("keep"))));
      // A server that is older than this program says nothing of labels.
      if (const Json labels = answer.value("labels", Json::object()); labels.value("segments", 0) > 0)
        print(fmt::format("{} {} bytes of old labels, in {} segments of their log", *dry_run ? "would free" : "freed",
                          cell(labels.at("bytes")), cell(labels.at("segments"))));
      return 0;
    });
  });
}

}  // namespace perennial::app

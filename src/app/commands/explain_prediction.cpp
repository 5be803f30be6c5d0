// perennial explain prediction: who answered what to which features, its label, and what today's champion would say.

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"
#include "http/target.hpp"
#include "lifecycle/prediction_account.hpp"

namespace perennial::app {
namespace {

/// From the logs and blobs of a data directory, running or not.
Result<Json> account_of(lifecycle::Fleet& fleet, const std::string& model, const std::string& id) {
  const auto load = [&](const ModelVersion& version) -> Result<std::shared_ptr<const serving::Scorer>> {
    ASSIGN_OR_RETURN(const std::string bytes, fleet.blobs().get(version.artifact_digest));
    ASSIGN_OR_RETURN(auto session, inference::Session::load(bytes));
    return std::make_shared<serving::SessionScorer>(std::move(session));
  };
  return lifecycle::prediction_account(*fleet.options().files,
                                       lifecycle::feedback_folder(fleet.options().data_dir, model),
                                       fleet.state().registry(), model, id, load);
}

}  // namespace

void add_explain_prediction(CLI::App& explain, int& exit_code) {
  auto* command = explain.add_subcommand("prediction", "who answered what to which features, and what is said today");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto id = std::make_shared<std::string>();
  command->add_option("id", *id, "the prediction's id")->required();
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial explain prediction order-4711 --url http://127.0.0.1:8080");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        ASSIGN_OR_RETURN(
            answer, client.get(http::Client::model_path(model, "/explain/prediction?id=" + http::percent_encode(*id))));
      } else {
        ASSIGN_OR_RETURN(answer,
                         look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
                           return account_of(fleet, model, *id);
                         }));
      }
      if (*format == "json") print(answer.dump(2));
      else
        for (const auto& line : answer.at("in_words")) print(line.get<std::string>());
      return 0;
    });
  });
}

}  // namespace perennial::app

// perennial explain rollout: its plan, what each phase saw, each verdict computed again, the outcome.

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"
#include "http/target.hpp"
#include "lifecycle/rollout_account.hpp"

namespace perennial::app {

void add_explain_rollout(CLI::App& explain, int& exit_code) {
  auto* command = explain.add_subcommand("rollout", "how a rollout came out and why; each verdict is computed again");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto which = std::make_shared<std::string>();
  command->add_option("rollout", *which, "its id, or a version; default: the running or the newest one");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial explain rollout 1.0.2 --url http://127.0.0.1:8080");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        const std::string query = which->empty() ? "" : "?rollout=" + http::percent_encode(*which);
        ASSIGN_OR_RETURN(answer, client.get(http::Client::model_path(model, "/explain/rollout" + query)));
      } else {
        ASSIGN_OR_RETURN(
            answer, look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
              ASSIGN_OR_RETURN(const auto events, lifecycle::rollout_events(fleet.journal(), model, *which));
              return lifecycle::rollout_account(fleet.state().registry(), events);
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

// perennial jobs: trainings: queued, running and ended.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_jobs(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("jobs", "trainings: queued, running and ended");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto stats = std::make_shared<bool>(false);
  command->add_flag("--stats", *stats, "counts by status, strategy and outcome");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial jobs --stats");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(auto client, connect(*target));
        ASSIGN_OR_RETURN(answer, client.get(*stats                  ? "/api/v1/jobs/stats"
                                            : target->model.empty() ? std::string("/api/v1/jobs")
                                                                    : "/api/v1/jobs?model=" + target->model));
      } else {
        ASSIGN_OR_RETURN(
            answer, look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
              return *stats ? fleet.state().jobs().stats() : lifecycle::jobs_json(fleet.state().jobs(), model);
            }));
      }
      if (*format == "json") {
        print(answer.dump(2));
        return 0;
      }
      if (*stats) {
        print(answer.dump(2));
        return 0;
      }
      if (answer.is_object()) answer = answer.at("jobs");
      std::vector<std::vector<std::string>> rows = {
          {"job", "model", "status", "outcome", "trigger", "priority", "created", "reason"}};
      for (const auto& job : answer)
        rows.push_back({cell(job.at("id")).substr(0, 8), cell(job.at("model")), cell(job.at("status")),
                        cell(job.at("outcome")), cell(job.at("trigger")), cell(job.at("priority")),
                        cell(job.at("created_at")), cell(job.at("reason"))});
      print(table(rows));
      return 0;
    });
  });
}

}  // namespace perennial::app

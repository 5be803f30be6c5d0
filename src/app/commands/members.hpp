#pragma once
// The members of the family; each is defined in the file of its name.

namespace CLI {
class App;
}

namespace perennial::app {

void add_approve(CLI::App& app, int& exit_code);
void add_audit(CLI::App& app, int& exit_code);
void add_backtest(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);
void add_drift(CLI::App& app, int& exit_code);
void add_drill(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
/// Of `explain`: what can be asked of it besides a config.
void add_explain_prediction(CLI::App& explain, int& exit_code);
void add_explain_rollout(CLI::App& explain, int& exit_code);
void add_export(CLI::App& app, int& exit_code);
void add_history(CLI::App& app, int& exit_code);
void add_init(CLI::App& app, int& exit_code);
void add_jobs(CLI::App& app, int& exit_code);
void add_label(CLI::App& app, int& exit_code);
void add_list(CLI::App& app, int& exit_code);
void add_pin(CLI::App& app, int& exit_code);
void add_predict(CLI::App& app, int& exit_code);
void add_promote(CLI::App& app, int& exit_code);
void add_prune(CLI::App& app, int& exit_code);
void add_register(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_rollback(CLI::App& app, int& exit_code);
void add_serve(CLI::App& app, int& exit_code);
void add_show(CLI::App& app, int& exit_code);
void add_status(CLI::App& app, int& exit_code);
void add_train(CLI::App& app, int& exit_code);
void add_trigger(CLI::App& app, int& exit_code);
void add_validate(CLI::App& app, int& exit_code);
void add_versions(CLI::App& app, int& exit_code);

}  // namespace perennial::app

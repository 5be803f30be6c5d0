#include "app/command.hpp"
#include "app/commands/members.hpp"

namespace perennial::app {

const std::vector<AddCommand>& commands() {
  static const std::vector<AddCommand> all = {
      add_approve, add_demo,    add_init,     add_validate, add_explain, add_replay,   add_backtest,
      add_drift,   add_train,   add_register, add_predict,  add_serve,   add_status,   add_versions,
      add_show,    add_history, add_jobs,     add_trigger,  add_promote, add_rollback, add_pin,
      add_prune,   add_label,   add_list,     add_audit,    add_export,  add_drill,
  };
  return all;
}

}  // namespace perennial::app

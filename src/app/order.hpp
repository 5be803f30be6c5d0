#pragma once
// What the commands have in common that change something: flags, who is asked, and the form of the answer.

#include <functional>
#include <memory>
#include <string>

#include "app/operate.hpp"

namespace perennial::app {

struct Order {
  Where where;
  std::string format = "table";
  std::string reason;
  std::string id;
};

/// --reason, --id and the flags of add_target and --format.
std::shared_ptr<Order> add_order(CLI::App& command);

/// Sends `body`, with reason and id, to `path` below the model at a server; or without --url acts on the stopped data
/// directory. Errors: usage (--url, model), and those of the answer.
Result<Json> give(const Order& order, const std::string& path, Json body,
                  const std::function<Result<Json>(lifecycle::Desk& desk, const std::string& model,
                                                   const api::CommandContext& context)>& act);

/// Prints the answer, as JSON where that was asked for, else as `words` says it.
void tell(const Order& order, const Json& answer, const std::string& words);

}  // namespace perennial::app

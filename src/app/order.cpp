#include "app/order.hpp"

#include "app/command_line.hpp"

namespace perennial::app {

std::shared_ptr<Order> add_order(CLI::App& command) {
  auto order = std::make_shared<Order>();
  command.add_option("--reason", order->reason, "why; it is journalled");
  command.add_option("--id", order->id, "the same id sent again changes nothing and gives the first answer");
  add_target(command, order->where);
  add_format(command, order->format);
  return order;
}

Result<Json> give(
    const Order& order, const std::string& path, Json body,
    const std::function<Result<Json>(lifecycle::Desk&, const std::string&, const api::CommandContext&)>& act) {
  if (!order.where.url.empty()) {
    ASSIGN_OR_RETURN(const std::string model, model_of(order.where));
    ASSIGN_OR_RETURN(auto client, connect(order.where));
    body["reason"] = order.reason;
    if (!order.id.empty()) body["command_id"] = order.id;
    return client.post(http::Client::model_path(model, path), body);
  }
  const api::CommandContext context{order.id.empty() ? std::nullopt : std::optional(order.id), "cli", order.reason};
  return act_on(order.where, [&](lifecycle::Desk& desk, lifecycle::Fleet&, const std::string& model) {
    return act(desk, model, context);
  });
}

void tell(const Order& order, const Json& answer, const std::string& words) {
  print(order.format == "json" ? answer.dump(2) : words);
}

}  // namespace perennial::app

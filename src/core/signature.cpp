#include "core/signature.hpp"

namespace perennial {
namespace {

Json columns_to_json(const std::vector<InputColumn>& columns) {
  Json list = Json::array();
  for (const auto& c : columns) list.push_back({{"name", c.name}, {"kind", std::string(to_string(c.kind))}});
  return list;
}

std::vector<InputColumn> columns_from_json(const Json& list) {
  std::vector<InputColumn> columns;
  for (const auto& c : list)
    columns.push_back({c.at("name").get<std::string>(),
                       c.at("kind").get<std::string>() == "numeric" ? ColumnKind::numeric : ColumnKind::categorical});
  return columns;
}

}  // namespace

std::string_view to_string(Task task) {
  switch (task) {
    case Task::regression: return "regression";
    case Task::binary: return "binary";
    case Task::multiclass: return "multiclass";
  }
  return "regression";
}

int Target::class_index(std::string_view name_of_class) const {
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] == name_of_class) return static_cast<int>(i);
  return -1;
}

std::size_t Signature::output_width() const { return offset(targets.size()); }

std::size_t Signature::offset(std::size_t target) const {
  std::size_t sum = 0;
  for (std::size_t t = 0; t < target; ++t) sum += targets[t].width();
  return sum;
}

int Signature::target_index(std::string_view name) const {
  for (std::size_t t = 0; t < targets.size(); ++t)
    if (targets[t].name == name) return static_cast<int>(t);
  return -1;
}

bool Signature::all_numeric() const {
  for (const auto& input : inputs)
    if (input.kind != ColumnKind::numeric) return false;
  return true;
}

Json to_json(const Signature& signature) {
  Json targets = Json::array();
  for (const auto& t : signature.targets)
    targets.push_back({{"name", t.name}, {"task", std::string(to_string(t.task))}, {"classes", t.classes}});
  return {{"request", columns_to_json(signature.request)},
          {"inputs", columns_to_json(signature.inputs)},
          {"targets", targets}};
}

Result<Signature> signature_from_json(const Json& value) {
  try {
    Signature signature{columns_from_json(value.at("request")), columns_from_json(value.at("inputs")), {}};
    for (const auto& t : value.at("targets")) {
      const auto task = t.at("task").get<std::string>();
      signature.targets.push_back({t.at("name").get<std::string>(),
                                   task == "regression" ? Task::regression
                                   : task == "binary"   ? Task::binary
                                                        : Task::multiclass,
                                   t.at("classes").get<std::vector<std::string>>()});
    }
    return signature;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the signature cannot be read: ") + e.what());
  }
}

}  // namespace perennial

#include "learners/catalog.hpp"
#include <fmt/format.h>

#include <cmath>

namespace perennial::learners {
namespace {

std::string range_text(const LearnerParameter& p) {
  switch (p.type) {
    case ParameterType::boolean: return "true or false";
    case ParameterType::choice: {
      std::string text = "one of ";
      for (std::size_t i = 0; i < p.choices.size(); ++i) text += (i == 0 ? "" : ", ") + p.choices[i];
      return text;
    }
    case ParameterType::integer:
    case ParameterType::number: break;
  }
  if (p.most >= 1e18) return fmt::format("{} {}", p.open_below ? ">" : ">=", p.least);
  return fmt::format("{}{}..{}", p.open_below ? "above " : "", p.least, p.most);
}

LearnerEntry make(std::string name, std::string summary, std::vector<LearnerParameter> parameters) {
  LearnerEntry learner{{std::move(name), std::move(summary), {}}, std::move(parameters)};
  for (const auto& p : learner.parameters)
    learner.entry.parameters.push_back({p.name,
                                        p.default_value.is_null()     ? "not set"
                                        : p.default_value.is_string() ? p.default_value.get<std::string>()
                                                                      : to_text(p.default_value),
                                        range_text(p), p.unit, p.help});
  return learner;
}

constexpr double any = 1e18;

std::vector<LearnerParameter> xgboost_parameters() {
  using enum ParameterType;
  return {
      {"max_depth", integer, 6, 1, 16, false, {}, "levels", "depth of a tree"},
      {"learning_rate", number, 0.1, 0, 1, true, {}, "", "share of a tree's correction that is applied"},
      {"rounds", integer, 1000, 1, 100000, false, {}, "rounds", "most boosting rounds"},
      {"early_stopping",
       integer,
       50,
       0,
       100000,
       false,
       {},
       "rounds",
       "stop after this many rounds without improvement on the validation rows; 0 never stops early"},
      {"min_child_weight", number, 1, 0, any, false, {}, "", "least sum of second derivatives in a leaf"},
      {"subsample", number, 1, 0, 1, true, {}, "share", "rows drawn for each tree"},
      {"colsample_bytree", number, 1, 0, 1, true, {}, "share", "columns drawn for each tree"},
      {"lambda", number, 1, 0, any, false, {}, "", "L2 penalty on leaf values"},
      {"alpha", number, 0, 0, any, false, {}, "", "L1 penalty on leaf values"},
      {"gamma", number, 0, 0, any, false, {}, "", "least gain of a split"},
      {"max_bin", integer, 256, 2, 65535, false, {}, "bins", "histogram bins per column"},
      {"bags",
       integer,
       1,
       1,
       50,
       false,
       {},
       "ensembles",
       "ensembles that are averaged, each with a seed of its own; useful with subsample or colsample_bytree below 1"},
      {"cap", number, nullptr, -any, any, false, {}, "unit of the target", "regression truths above it count as it"},
      {"objective",
       choice,
       "squared_error",
       0,
       0,
       false,
       {"squared_error", "pseudo_huber"},
       "",
       "loss of a regression"},
      {"refit",
       boolean,
       true,
       0,
       0,
       false,
       {},
       "",
       "after early stopping, fit once more on train and validation rows with the rounds that were found"},
  };
}

Status check_number(const LearnerParameter& p, const Json& value, const std::string& where) {
  const bool whole =
      value.is_number_integer() || (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()));
  if (!value.is_number() || !std::isfinite(value.get<double>()) || (p.type == ParameterType::integer && !whole))
    return fail(ErrorCode::config,
                fmt::format("the parameter '{}' must be {}", p.name,
                            p.type == ParameterType::integer ? "a whole number" : "a number"),
                where);
  const double number = value.get<double>();
  if (number < p.least || number > p.most || (p.open_below && number == p.least))
    return fail(ErrorCode::config, fmt::format("the parameter '{}' is {}", p.name, number), where,
                "allowed: " + range_text(p));
  return {};
}

Result<Json> check_value(const LearnerParameter& p, const Json& value, const std::string& where) {
  switch (p.type) {
    case ParameterType::boolean:
      if (!value.is_boolean())
        return fail(ErrorCode::config, "the parameter '" + p.name + "' must be true or false", where);
      return value;
    case ParameterType::choice:
      if (!value.is_string())
        return fail(ErrorCode::config, "the parameter '" + p.name + "' must be a name", where, range_text(p));
      if (std::find(p.choices.begin(), p.choices.end(), value.get<std::string>()) == p.choices.end())
        return unknown_name(p.name, value.get<std::string>(), p.choices, where);
      return value;
    case ParameterType::integer:
      TRY(check_number(p, value, where));
      return Json(static_cast<std::int64_t>(value.get<double>()));
    case ParameterType::number:
      TRY(check_number(p, value, where));
      return Json(value.get<double>());  // 1 and 1.0 are one value and have one digest
  }
  return value;
}

}  // namespace

const Catalog<LearnerEntry>& catalog() {
  static const Catalog<LearnerEntry> learners(
      "learner", {make("xgboost", "gradient boosted trees (XGBoost, histogram method)", xgboost_parameters()),
                  make("baseline", "always answers the mean or the class shares of its training rows: the null member",
                       {{"cap",
                         ParameterType::number,
                         nullptr,
                         -any,
                         any,
                         false,
                         {},
                         "unit of the target",
                         "regression truths above it count as it"}})});
  return learners;
}

Result<Json> check_parameters(const std::string& learner, const Json& given, const std::string& where) {
  ASSIGN_OR_RETURN(const LearnerEntry* entry, catalog().find(learner, where));
  if (!given.is_null() && !given.is_object())
    return fail(ErrorCode::config, "params must be a map of names to values", where);
  std::vector<std::string> known;
  for (const auto& p : entry->parameters) known.push_back(p.name);
  for (const auto& [name, value] : given.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return unknown_name("parameter of " + learner, name, known, where);
  Json complete = Json::object();
  for (const auto& p : entry->parameters) {
    const auto found = given.is_object() ? given.find(p.name) : given.end();
    if (found == given.end() || found->is_null()) {
      complete[p.name] = p.type == ParameterType::number && p.default_value.is_number()
                             ? Json(p.default_value.get<double>())
                             : p.default_value;
      continue;
    }
    ASSIGN_OR_RETURN(complete[p.name], check_value(p, *found, where));
  }
  return complete;
}

}  // namespace perennial::learners

#include "scenario/player.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "core/catalog.hpp"
#include "core/hash.hpp"
#include "rollout/split.hpp"

namespace perennial::scenario {
namespace {

/// What a script's model is unless its YAML says otherwise: small, quick, in rows.
constexpr std::string_view defaults = R"(
train:
  params: {rounds: 40, max_depth: 3, learning_rate: 0.2, early_stopping: 10}
  min_rows: 100
  threads: 1
monitor: {every: 100rows, window: 400rows, min_rows: 200}
retrain:
  window: 800rows
  cooldown: 24h
  when: [{drift: {share: 30%}}, {decay: {metric: TARGET.PRIMARY, drop: 5%}}]
gates: [{metric: TARGET.PRIMARY, vs: champion, worse_by_at_most: 5%}]
rollout:
  shadow: 200rows
  canary: {steps: [{weight: 10%, bake: 200rows}, {weight: 50%, bake: 200rows}], min_samples: 150, max_regression: 10%}
  watch: 400rows
alerts: [log]
)";

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

/// The blocks of a YAML map by their top key, in order.
std::vector<std::pair<std::string, std::string>> blocks_of(const std::string& yaml) {
  std::vector<std::pair<std::string, std::string>> blocks;
  std::istringstream in(yaml);
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    if (line[0] != ' ') blocks.emplace_back(line.substr(0, line.find(':')), "");
    if (!blocks.empty()) blocks.back().second += "    " + line + "\n";
  }
  return blocks;
}

/// "key=value" of a word list; empty where it is not there.
std::string option(std::span<const std::string> words, std::string_view key) {
  for (const auto& word : words)
    if (word.starts_with(std::string(key) + "=")) return word.substr(key.size() + 1);
  return {};
}

std::unexpected<Error> bad(const std::string& what, const std::string& hint = {}) {
  return fail(ErrorCode::usage, what, {}, hint);
}

Result<std::uint64_t> count_of(const std::string& word) {
  std::uint64_t value = 0;
  const auto end = word.data() + word.size();
  if (const auto [at, error] = std::from_chars(word.data(), end, value); error != std::errc() || at != end)
    return bad(fmt::format("'{}' is not a whole number", word));
  return value;
}

}  // namespace

Player::Player(std::string file, std::string directory, std::string trainer, bool rehearsal)
    : file_(std::move(file)),
      directory_(std::move(directory)),
      trainer_(std::move(trainer)),
      rehearsal_(rehearsal),
      clock_(TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 1 / 5))) {}

std::vector<std::string> Player::statements() {
  return {"seed", "start",   "pace",    "batch",   "model",   "train",  "serve",  "shift",   "settle",  "scale",
          "drop", "mend",    "relabel", "labels",  "advance", "tick",   "inject", "trigger", "promote", "rollback",
          "pin",  "approve", "refused", "restart", "mark",    "expect", "lose",   "jump"};
}

Status Player::play(const Statement& statement) { return act(statement, statement.words); }

Status Player::act(const Statement& statement, const Words& words) {
  const std::string& verb = words[0];
  const auto needs = [&](std::size_t count) {
    return words.size() >= count
               ? Status{}
               : Status(bad(fmt::format("'{}' says too little", verb), "script.hpp lists the statements"));
  };
  if (verb == "model") return model(statement, words);
  if (verb == "mark") {
    mark_ = cursor_ = events_.size();
    return {};
  }
  if (verb == "mend") {
    TRY(ready());
    population_->mend();
    return {};
  }
  if (verb == "settle") {
    TRY(ready());
    population_->settle();
    return {};
  }
  if (verb == "restart") return bad("'restart' stands alone");
  if (const auto known = statements(); std::find(known.begin(), known.end(), verb) == known.end())
    return unknown_name("statement", verb, known, {}, ErrorCode::usage);
  if (verb != "rollback") TRY(needs(2));
  if (verb == "seed" || verb == "start" || verb == "pace") {
    if (verb == "seed" && config_) return bad("'seed' comes before 'model'");
    if (verb == "seed") {
      ASSIGN_OR_RETURN(seed_, count_of(words[1]));
    } else if (verb == "pace") {
      ASSIGN_OR_RETURN(pace_, parse_duration(words[1]));
    } else {
      ASSIGN_OR_RETURN(const TimePoint at, parse_time(words[1]));
      if (fleet_ != nullptr) return bad("'start' comes before 'model'");
      clock_ = VirtualClock(at);
    }
    return {};
  }
  if (verb == "batch") {
    ASSIGN_OR_RETURN(const auto rows, count_of(words[1]));
    if (rows == 0 || rows > 1000) return bad("a batch has 1 to 1000 rows");
    batch_rows_ = rows;
    return {};
  }
  TRY(ready());
  if (verb == "train") return train(words);
  if (verb == "serve") return serve(words);
  if (verb == "shift" || verb == "relabel") return bend(words);
  if (verb == "scale" || verb == "drop") return break_data(words);
  if (verb == "labels") return labels(words);
  if (verb == "advance") {
    ASSIGN_OR_RETURN(const Duration by, parse_duration(words[1]));
    return advance(by);
  }
  if (verb == "tick") {
    ASSIGN_OR_RETURN(const auto times, count_of(words[1]));
    for (std::uint64_t i = 0; i < times; ++i) TRY(tick());
    return {};
  }
  if (verb == "inject") return inject(words);
  if (verb == "lose") return lose(words);
  if (verb == "jump") return jump(words);
  if (verb == "trigger") return trigger(words);
  if (verb == "promote" || verb == "rollback" || verb == "pin" || verb == "approve") return operate(words);
  if (verb == "refused") return refused(statement, words);
  return expect(words);
}

Status Player::ready() const { return fleet_ != nullptr ? Status{} : Status(bad("a script begins with 'model'")); }

Status Player::model(const Statement& statement, const Words& words) {
  if (fleet_ != nullptr) return bad("there is a model already");
  if (words.size() < 3) return bad("'model' needs a name, a task and columns");
  const std::string task_name = option(words, "task");
  if (task_name != "binary" && task_name != "regression") return bad("task is binary or regression");
  const Task task = task_name == "binary" ? Task::binary : Task::regression;
  Words names;
  std::istringstream list(option(words, "columns"));
  for (std::string name; std::getline(list, name, ',');) names.push_back(name);
  if (names.empty()) return bad("columns=a,b,c is missing");
  const bool with_entities = option(words, "entity") != "no";

  const std::string target = task == Task::binary ? "churned" : "value";
  const std::string primary = task == Task::binary ? "accuracy" : "rmse";
  const auto own = blocks_of(statement.yaml);
  std::set<std::string> set_here;
  std::string yaml = fmt::format("models:\n  - name: {}\n    targets: {{{}: {}}}\n", words[1], target, task_name);
  for (const auto& [key, block] : own) {
    yaml += block;
    set_here.insert(key);
  }
  if (!set_here.contains("primary")) yaml += fmt::format("    primary: {}.{}\n", target, primary);
  if (with_entities && !set_here.contains("entity")) yaml += "    entity: customer\n";
  for (const auto& [key, block] :
       blocks_of(replaced(replaced(std::string(defaults), "TARGET", target), "PRIMARY", primary)))
    if (!set_here.contains(key)) yaml += block;
  ASSIGN_OR_RETURN(config_, lifecycle::parse_fleet(yaml, file_ + " (config)"));

  for (const auto& name : names) columns_.push_back({name, ColumnKind::numeric});
  std::vector<Target> targets{{target, task, task == Task::binary ? Words{"no", "yes"} : Words{}}};
  targets_ = std::make_shared<const std::vector<Target>>(std::move(targets));
  population_.emplace(task, names, with_entities, seed_);

  // A trainer that can be made to fail, as a full disk or a broken library would.
  std::filesystem::create_directories(directory_);
  std::filesystem::remove(directory_ + "/trainer-fails");
  const std::string wrapper = directory_ + "/trainer";
  std::ofstream(wrapper) << "#!/bin/sh\nif [ -e '" << directory_
                         << "/trainer-fails' ]; then echo 'no space left' >&2; exit 3; fi\nexec '" << trainer_
                         << "' \"$@\"\n";
  std::filesystem::permissions(wrapper, std::filesystem::perms::owner_all);

  lifecycle::FleetOptions options;
  options.data_dir = directory_ + "/data";
  options.trainer = wrapper;
  options.virtual_time = true;
  options.seed = seed_;
  options.latency_us = [this](const serving::Servable& servable, std::size_t) {
    const auto* champion = fleet_->state().registry().champion(name());
    const bool is_champion = champion != nullptr && champion->number.text() == servable.version;
    return 500 + 1000 * (is_champion ? champion_ms_ : challenger_ms_);
  };
  ASSIGN_OR_RETURN(fleet_, lifecycle::Fleet::open(*config_, std::move(options), clock_.now()));
  fleet_->events().subscribe([this](const Event& event) { events_.push_back(event); });
  ASSIGN_OR_RETURN(loop_, fleet_->model(words[1]));
  return {};
}

Status Player::train(const Words& words) {
  ASSIGN_OR_RETURN(const auto rows, count_of(words[1]));
  if (loop_->configured()) return bad("'train' makes the first version; use 'trigger manual' for the next");
  if (rows == 0 || rows > most_rows) return bad("too few or too many rows");
  auto made = population_->next(rows, clock_.now(), pace_);
  clock_.advance_to(made.request.times.back());
  TRY(loop_->configure(columns_, *targets_, made.request, clock_.now()));
  TRY(loop_->add_history(made.request, made.truth));
  TRY(loop_->request_training("initial", "the history is there", clock_.now()));
  TRY(tick());
  TRY(tick());
  if (fleet_->state().registry().champion(name()) == nullptr)
    return fail(ErrorCode::invalid, "the first version was not made" + list_events(events_, "CycleEnded"));
  mark_ = cursor_ = events_.size();
  return {};
}

Status Player::serve_batch(std::size_t rows) {
  if (rows_ + rows > most_rows) return bad(fmt::format("a script serves at most {} rows", most_rows));
  auto made = population_->next(rows, clock_.now(), pace_);
  const TimePoint last = made.request.times.back();
  if (challenger_customers_lost_ > 0) {
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::string& customer = made.request.entities[i];
      const bool loses = static_cast<double>(hash64(customer, 99) % 1000) < 1000 * challenger_customers_lost_;
      if (!loses || !is_challengers(customer)) kept.push_back(i);
    }
    Truth truth;
    for (const std::size_t i : kept) truth.push_back(made.truth[0][i]);
    made.truth[0] = std::move(truth);
    made.request = made.request.pick(kept);
    rows = kept.size();
  }
  serving::PredictBatch batch;
  for (std::size_t i = 0; i < rows; ++i) {
    batch.ids.push_back(fmt::format("{}", rows_ + i));
    std::uint64_t due = rows_ + i + label_delay_rows_;
    if (challenger_label_delay_rows_ > 0 && is_challengers(made.request.entities[i]))
      due += challenger_label_delay_rows_;
    const bool labelled = static_cast<double>(hash64(batch.ids.back(), 77) % 10000) < 10000 * labelled_share_;
    if (labels_on_ && labelled) waiting_.push_back({rows_ + i, due, made.truth[0][i]});
  }
  batch.rows = std::move(made.request);
  if (const auto answer = fleet_->predictor().predict(name(), std::move(batch)); !answer)
    return std::unexpected(answer.error());
  rows_ += rows;
  clock_.advance_to(last);
  TRY(deliver());
  return tick();
}

Status Player::deliver() {
  feedback::LabelBatch labels;
  labels.targets = targets_;
  labels.truth.resize(1);
  labels.received_at = clock_.now();
  std::erase_if(waiting_, [&](const Waiting& one) {
    if (one.due >= rows_) return false;
    labels.keys.push_back({fmt::format("{}", one.row), {}, {}});
    labels.truth[0].push_back(one.truth);
    return true;
  });
  return labels.keys.empty() ? Status{} : loop_->label(std::move(labels));
}

Status Player::serve(const Words& words) {
  if (words[1] != "until") {
    ASSIGN_OR_RETURN(const auto rows, count_of(words[1]));
    for (std::uint64_t done = 0; done < rows; done += batch_rows_)
      TRY(serve_batch(std::min<std::size_t>(batch_rows_, rows - done)));
    return {};
  }
  const auto within = std::find(words.begin(), words.end(), "within");
  if (words.size() < 6 || words[2] != "event" || within == words.end() || within + 1 == words.end())
    return bad("serve until event TYPE [key=value …] within N rows");
  ASSIGN_OR_RETURN(const auto most, count_of(*(within + 1)));
  ASSIGN_OR_RETURN(const EventPattern pattern, EventPattern::parse(std::span(words.begin() + 3, within)));
  for (std::uint64_t done = 0;; done += batch_rows_) {
    if (const auto found = find_event(pattern, cursor_)) {
      cursor_ = *found + 1;
      return {};
    }
    if (done >= most) break;
    TRY(serve_batch(batch_rows_));
  }
  return fail(ErrorCode::invalid,
              fmt::format("no such event within {} rows; those of that type are:{}\n  and in all:{}", most,
                          list_events(std::span(events_).subspan(cursor_), pattern.type()),
                          list_events(std::span(events_).subspan(cursor_), "")));
}

Status Player::tick() {
  if (++ticks_ > most_ticks) return bad(fmt::format("a script ticks at most {} times", most_ticks));
  return fleet_->tick(clock_.now());
}

Status Player::advance(Duration by) {
  const TimePoint end = clock_.now() + by;
  const Duration step = std::clamp<Duration>(by / 1000, std::chrono::minutes(1), std::chrono::hours(1));
  while (clock_.now() < end) {
    TimePoint next = std::min(clock_.now() + step, end);
    if (const auto due = fleet_->next_due(clock_.now()); due && *due > clock_.now()) next = std::min(next, *due);
    clock_.advance_to(next);
    TRY(tick());
  }
  return {};
}

Status Player::bend(const Words& words) {
  if (words[0] == "relabel") {
    if (words.size() != 3 || words[1] != "concept") return bad("relabel concept N");
    ASSIGN_OR_RETURN(const auto number, count_of(words[2]));
    population_->follow_concept(number);
    return {};
  }
  const std::size_t at = words[1] == "feature" ? 2 : 1;
  if (words.size() != at + 3 || words[at + 1] != "by" || !words[at + 2].ends_with("sd"))
    return bad("shift feature NAME by 2sd");
  return population_->shift(words[at], std::strtod(words[at + 2].c_str(), nullptr));
}

Status Player::break_data(const Words& words) {
  const bool scale = words[0] == "scale";
  const std::size_t at = words[1] == "feature" ? 2 : 1;
  const bool fits =
      scale ? words.size() == at + 3 && words[at + 1] == "by" : words.size() == at + 2 && words[at + 1].ends_with('%');
  if (!fits) return bad("scale feature NAME by FACTOR, or drop feature NAME 30%");
  if (scale) return population_->scale(words[at], std::strtod(words[at + 2].c_str(), nullptr));
  return population_->drop(words[at], std::strtod(words[at + 1].c_str(), nullptr) / 100);
}

bool Player::is_challengers(const std::string& customer) const {
  const auto& rollout = state().rollout;
  return rollout && rollout->phase == rollout::Phase::canary &&
         rollout::arm_of(customer, rollout::split_seed(rollout->salt), rollout->weight) == rollout::Arm::challenger;
}

Status Player::lose(const Words& words) {
  if (words.size() < 2 || words.size() > 4) return bad("lose customers challenger 40%, or lose off");
  if (words[1] == "off") {
    challenger_customers_lost_ = 0;
    return {};
  }
  if (words.size() != 4 || words[1] != "customers" || words[2] != "challenger" || !words[3].ends_with('%'))
    return bad("lose customers challenger 40%, or lose off");
  challenger_customers_lost_ = std::strtod(words[3].c_str(), nullptr) / 100;
  return {};
}

Status Player::jump(const Words& words) {
  ASSIGN_OR_RETURN(const Duration by, parse_duration(words[1]));
  clock_.advance_by(by);
  return tick();
}

Status Player::labels(const Words& words) {
  if (words[1] == "on" || words[1] == "off") {
    labels_on_ = words[1] == "on";
    return {};
  }
  if (words.size() < 3) return bad("labels on, off, noise SHARE, share N% or delay N rows");
  if (words[1] == "share" && words[2].ends_with('%')) {
    labelled_share_ = std::strtod(words[2].c_str(), nullptr) / 100;
    return {};
  }
  if (words[1] == "noise") {
    population_->label_noise(std::strtod(words[2].c_str(), nullptr));
    return {};
  }
  if (words[1] != "delay") return bad("labels on, off, noise SHARE, share N% or delay N rows");
  if (words[2] == "challenger" && words.size() > 3) {
    ASSIGN_OR_RETURN(challenger_label_delay_rows_, count_of(words[3]));
    return {};
  }
  ASSIGN_OR_RETURN(label_delay_rows_, count_of(words[2]));
  return {};
}

Status Player::inject(const Words& words) {
  if (words[1] == "failure" && words.size() == 3 && (words[2] == "trainer" || words[2] == "off")) {
    const std::string flag = directory_ + "/trainer-fails";
    if (words[2] == "trainer") std::ofstream{flag} << "\n";
    else std::filesystem::remove(flag);
    return {};
  }
  if (words[1] != "latency" || words.size() < 3)
    return bad("inject latency challenger +300ms, or inject failure trainer");
  if (words[2] == "off") {
    challenger_ms_ = champion_ms_ = 0;
    return {};
  }
  if (words.size() != 4 || (words[2] != "challenger" && words[2] != "champion"))
    return bad("inject latency challenger +300ms");
  ASSIGN_OR_RETURN(const Duration extra, parse_duration(words[3].starts_with('+') ? words[3].substr(1) : words[3]));
  (words[2] == "challenger" ? challenger_ms_ : champion_ms_) = static_cast<double>(extra.count()) / 1000;
  return {};
}

api::CommandContext Player::context(const std::string& id) {
  // Without an id of its own a command gets the next one of the script, so that a second life sends the same.
  return {id.empty() ? fmt::format("script-{}", ++commands_) : id, "scenario", ""};
}

Status Player::trigger(const Words& words) {
  api::TriggerEvent event;
  event.trigger = words[1] == "event" && words.size() > 2 ? words[2] : words[1];
  if (event.trigger == "event" || (words[1] != "event" && words[1] != "manual"))
    return bad("trigger manual, or trigger event NAME");
  if (const auto priority = option(words, "priority"); !priority.empty()) event.priority = std::atoi(priority.c_str());
  ASSIGN_OR_RETURN(answer_, fleet_->trigger(name(), event, context(option(words, "id")), clock_.now()));
  return {};
}

Status Player::operate(const Words& words) {
  if (words[0] == "promote") {
    const bool override_evidence = words.size() > 2 && words[2] == "override";
    if (const auto done = fleet_->promote(name(), words[1], override_evidence, context(), clock_.now()); !done)
      return std::unexpected(done.error());
    return {};
  }
  if (words[0] == "approve") {
    const auto done = fleet_->approve(name(), words[1], option(words, "digest"), context(), clock_.now());
    return done ? Status{} : std::unexpected(done.error());
  }
  if (words[0] == "pin") {
    const bool release = words.size() > 2 && words[2] == "release";
    if (const auto done = fleet_->pin(name(), words[1], release, context(), clock_.now()); !done)
      return std::unexpected(done.error());
    return {};
  }
  std::optional<std::string> to;
  if (words.size() > 2 && words[1] == "to") to = words[2];
  const auto done = fleet_->rollback(name(), to, context(), clock_.now());
  if (!done) return std::unexpected(done.error());
  if (!done->value("confirmed", false))
    return fail(ErrorCode::internal, "the rollback was not confirmed: " + done->value("problem", ""));
  return {};
}

Status Player::refused(const Statement& statement, const Words& words) {
  const bool with_text = words[1].starts_with('~');
  const Words inner(words.begin() + (with_text ? 2 : 1), words.end());
  if (inner.empty()) return bad("refused STATEMENT");
  const Status done = act(statement, inner);
  if (done) return fail(ErrorCode::invalid, "it was done, and should have been refused");
  if (done.error().code == ErrorCode::usage) return done;
  if (!says(done.error().message(), with_text ? words[1].substr(1) : ""))
    return fail(ErrorCode::invalid, fmt::format("refused, but with another reason: {}", done.error().message()));
  return {};
}

}  // namespace perennial::scenario

#pragma once
// Acts out a scenario script on a real fleet.

#include <deque>
#include <memory>
#include <optional>
#include <set>

#include "lifecycle/fleet.hpp"
#include "scenario/expectation.hpp"
#include "scenario/population.hpp"
#include "scenario/script.hpp"

namespace perennial::scenario {

inline constexpr std::size_t most_rows = 200000;   ///< of one script
inline constexpr std::size_t most_ticks = 200000;  ///< of one script

/// Keeps everything that the statements so far have made. Not thread-safe.
class Player {
 public:
  /// `rehearsal`: expectations are passed over (the history before a restart is made a second time).
  Player(std::string file, std::string directory, std::string trainer, bool rehearsal);

  /// Errors of usage are the script's, all others are the fleet's or an expectation that was not met.
  Status play(const Statement& statement);
  /// From here on expectations count again.
  void end_rehearsal() { rehearsal_ = false; }
  static std::vector<std::string> statements();

 private:
  using Words = std::vector<std::string>;
  struct Waiting {
    std::uint64_t row = 0;
    std::uint64_t due = 0;  ///< the number of rows served at which the label comes
    double truth = 0;
  };

  Status act(const Statement& statement, const Words& words);
  Status model(const Statement& statement, const Words& words);
  Status train(const Words& words);
  Status serve(const Words& words);
  Status serve_batch(std::size_t rows);
  Status deliver();
  Status tick();
  Status advance(Duration by);
  Status bend(const Words& words);
  Status break_data(const Words& words);
  Status lose(const Words& words);
  Status jump(const Words& words);
  /// True where the running canary would give this customer's rows to the challenger.
  bool is_challengers(const std::string& customer) const;
  Status labels(const Words& words);
  Status inject(const Words& words);
  Status trigger(const Words& words);
  Status operate(const Words& words);
  Status refused(const Statement& statement, const Words& words);

  Status expect(const Words& words);
  Status expect_event(std::span<const std::string> words);
  Status expect_count(std::size_t count, std::span<const std::string> words) const;
  Status expect_answer(std::span<const std::string> words) const;
  Status expect_alert(const std::string& kind);
  Status expect_all_announced();
  Status expect_text(std::string_view what, const std::string& wanted, const std::string& present) const;
  std::optional<std::size_t> find_event(const EventPattern& pattern, std::size_t from) const;
  void collect_alerts();

  Status ready() const;
  api::CommandContext context(const std::string& id = {});
  const lifecycle::ModelState& state() const { return fleet_->state().model(config_->models[0].name); }
  const std::string& name() const { return config_->models[0].name; }

  std::string file_, directory_, trainer_;
  bool rehearsal_;
  std::uint64_t seed_ = 1;
  Duration pace_ = std::chrono::minutes(1);
  std::size_t batch_rows_ = 50;
  VirtualClock clock_;
  std::optional<lifecycle::FleetConfig> config_;
  std::vector<InputColumn> columns_;
  std::shared_ptr<const std::vector<Target>> targets_;
  std::optional<Population> population_;
  std::unique_ptr<lifecycle::Fleet> fleet_;
  lifecycle::ModelLoop* loop_ = nullptr;
  std::vector<Event> events_;
  std::vector<alerts::Alert> alerts_;
  std::size_t next_alert_ = 0;
  std::size_t cursor_ = 0;  ///< events before it were expected already
  std::size_t mark_ = 0;
  std::deque<Waiting> waiting_;
  std::uint64_t rows_ = 0;
  std::uint64_t label_delay_rows_ = 0;
  std::uint64_t challenger_label_delay_rows_ = 0;  ///< on top, of customers in the challenger's arm
  double labelled_share_ = 1;
  double challenger_customers_lost_ = 0;  ///< share of them
  bool labels_on_ = true;
  std::size_t ticks_ = 0;
  double challenger_ms_ = 0, champion_ms_ = 0;
  std::optional<api::TriggerAnswer> answer_;
  std::uint64_t commands_ = 0;
};

}  // namespace perennial::scenario

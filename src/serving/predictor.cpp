#include "serving/predictor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/catalog.hpp"
#include "serving/evidence_scoring.hpp"
#include "serving/split.hpp"

namespace perennial::serving {
namespace {

using feedback::Arm;
using feedback::PredictionRecord;

constexpr std::uint8_t kChampion = 0;    // positions in PredictionRecord::versions
constexpr std::uint8_t kChallenger = 1;  // where there is one; shadows follow

Status check_batch(const std::string& model, const PredictBatch& batch) {
  const std::size_t n = batch.ids.size();
  if (batch.rows.rows != n) return fail(ErrorCode::internal, "as many ids as rows are needed", model);
  if (batch.rows.times.size() != n) return fail(ErrorCode::internal, "every row needs its time", model);
  if (!batch.rows.entities.empty() && batch.rows.entities.size() != n)
    return fail(ErrorCode::internal, "entities are for all rows or for none", model);
  for (const auto& id : batch.ids)
    if (id.empty()) return fail(ErrorCode::invalid, "a prediction id is empty", model);
  return {};
}

std::vector<std::size_t> all_rows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::string_view routing_unit(const PredictBatch& batch, std::size_t row) {
  const auto& entities = batch.rows.entities;
  return entities.empty() || entities[row].empty() ? std::string_view(batch.ids[row]) : std::string_view(entities[row]);
}

/// Rows of each arm, ascending.
struct Arms {
  std::vector<std::size_t> champion;
  std::vector<std::size_t> challenger;
};

Arms split_rows(const ModelRoute& route, const PredictBatch& batch) {
  Arms arms;
  const std::uint64_t buckets = route.challenger ? challenger_buckets(route.challenger->weight) : 0;
  if (buckets == 0) {
    arms.champion = all_rows(batch.ids.size());
    return arms;
  }
  for (std::size_t row = 0; row < batch.ids.size(); ++row)
    (goes_to_challenger(routing_unit(batch, row), route.challenger->salt, buckets) ? arms.challenger : arms.champion)
        .push_back(row);
  return arms;
}

std::vector<std::size_t> merged(const std::vector<std::size_t>& a, const std::vector<std::size_t>& b) {
  std::vector<std::size_t> both;
  both.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

BatchAnswer answer_of(const ModelRoute& route, const PredictionRecord& record) {
  BatchAnswer answer;
  answer.signature = route.signature;
  answer.answerers.push_back({route.champion.version, route.champion.digest, Arm::champion});
  if (route.challenger)
    answer.answerers.push_back(
        {route.challenger->servable.version, route.challenger->servable.digest, Arm::challenger});
  const std::size_t width = record.versions[kChampion].outputs.width;
  // Another version stands in only where the champion failed.
  const std::size_t last =
      record.answered.empty() ? 0 : *std::max_element(record.answered.begin(), record.answered.end());
  for (std::size_t slot = answer.answerers.size(); slot <= last; ++slot) {
    const auto& by = record.versions[slot];
    const Servable* servable = route.find(by.version);
    answer.answerers.push_back({by.version, servable != nullptr ? servable->digest : std::string{}, by.arm});
  }
  answer.outputs = {record.rows(), width, {}};
  answer.outputs.values.reserve(record.rows() * width);
  answer.answered_by.assign(record.answered.begin(), record.answered.end());
  for (std::size_t row = 0; row < record.rows(); ++row) {
    const auto& values = record.versions[record.answered[row]].outputs.values;
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * width);
    answer.outputs.values.insert(answer.outputs.values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
  }
  return answer;
}

}  // namespace

struct Predictor::Impl {
  Impl(const Router& all_routes, RecordSink to, PredictorOptions wanted)
      : router(all_routes), sink(std::move(to)), options(std::move(wanted)) {
    if (!options.evidence_inline) queue.emplace(options.shadow_rows);
  }

  const Router& router;
  RecordSink sink;
  PredictorOptions options;
  std::optional<ShadowQueue> queue;  // last member: its worker uses the others

  Result<const ModelRoute*> route_of(const std::string& model) const {
    const RoutingTable& table = router.table();
    const ModelRoute* route = table.find(model);
    if (route != nullptr) return route;
    std::vector<std::string> known;
    for (const auto& r : table.models) known.push_back(r.model);
    return unknown_name("model", model, known, {}, ErrorCode::not_found);
  }

  /// The versions' answers that decide; what remains for evidence is left in `work`.
  Status score(const ModelRoute& route, const Arms& arms, EvidenceWork& work) const {
    PredictionRecord& record = *work.record;
    const std::size_t n = record.rows();
    const Table& inputs = record.graph_inputs();
    const auto& champion_scorer = *route.champion.scorer;
    const auto& columns = champion_scorer.signature().inputs;
    work.champion = route.champion.scorer;
    ASSIGN_OR_RETURN(work.batch, features::to_batch(inputs, columns, 0, n));
    Accounting& accounting = route.runtime->accounting;
    const auto& latency = options.modelled_latency_us;

    record.versions.push_back(
        unscored(route.champion.version, Arm::champion, n, champion_scorer.signature().output_width()));
    record.answered.assign(n, kChampion);
    std::vector<std::size_t> fallback;
    if (route.challenger) {
      const Servable& challenger = route.challenger->servable;
      const bool mirror = route.challenger->mirror;
      record.versions.push_back(
          unscored(challenger.version, Arm::challenger, n, challenger.scorer->signature().output_width()));
      // Inline evidence shares the run with the answers; otherwise only the rows that it answers are scored now.
      const bool all_now = options.evidence_inline && mirror;
      const auto now = all_now ? all_rows(n) : arms.challenger;
      auto& answers = record.versions[kChallenger];
      if (!now.empty()) {
        features::InputBatch own;
        const auto batch = batch_for(*challenger.scorer, inputs, columns, work.batch, own);
        if (batch) {
          score_counted(challenger, **batch, now, answers, accounting, route.phase, all_now ? 0 : 1, latency);
        } else {
          for (const std::size_t row : now) answers.failed[row] = 1;
          accounting.add(Arm::challenger, route.phase, {now.size(), now.size(), 0, all_now ? 0 : now.size(), -1});
        }
      }
      for (const std::size_t row : arms.challenger) {
        if (answers.scored[row] != 0) record.answered[row] = kChallenger;
        else fallback.push_back(row);
      }
      if (all_now && !fallback.empty()) accounting.add(Arm::challenger, route.phase, {0, 0, 0, fallback.size(), -1});
      if (!all_now && mirror && !arms.champion.empty()) work.tasks.push_back({challenger, kChallenger, arms.champion});
    }

    const bool champion_on_all = route.challenger && route.challenger->mirror && options.evidence_inline;
    const auto champion_rows = champion_on_all ? all_rows(n) : merged(arms.champion, fallback);
    auto& answers = record.versions[kChampion];
    const auto result =
        score_counted(route.champion, work.batch, champion_rows, answers, accounting, route.phase, 0, latency);
    std::vector<std::size_t> unanswered;
    if (result.failed > 0)
      for (std::size_t row = 0; row < n; ++row)
        if (record.answered[row] == kChampion && answers.scored[row] == 0) unanswered.push_back(row);
    const std::size_t failed = unanswered.size();
    if (route.challenger && route.challenger->mirror && !options.evidence_inline) {
      std::vector<std::size_t> rest;
      for (const std::size_t row : arms.challenger)
        if (record.answered[row] == kChallenger) rest.push_back(row);
      if (!rest.empty()) work.tasks.push_back({route.champion, kChampion, std::move(rest)});
    }
    for (const auto& shadow : route.shadows) {
      const std::size_t slot = record.versions.size();
      record.versions.push_back(unscored(shadow.version, Arm::shadow, n, shadow.scorer->signature().output_width()));
      stand_in(route, shadow, slot, work, unanswered);
      std::vector<std::size_t> rest;
      for (std::size_t row = 0; row < n; ++row)
        if (record.versions[slot].scored[row] == 0 && record.versions[slot].failed[row] == 0) rest.push_back(row);
      if (!rest.empty()) work.tasks.push_back({shadow, slot, std::move(rest)});
    }
    for (const auto& earlier : route.warm) {
      if (unanswered.empty()) break;
      const std::size_t slot = record.versions.size();
      record.versions.push_back(unscored(earlier.version, Arm::shadow, n, earlier.scorer->signature().output_width()));
      stand_in(route, earlier, slot, work, unanswered);
    }
    if (failed > unanswered.size())
      accounting.add(Arm::champion, route.phase, {0, 0, 0, failed - unanswered.size(), -1});
    if (!unanswered.empty())
      return fail(ErrorCode::internal, "the champion " + route.champion.version + " gave no usable answer", route.model,
                  result.error ? result.error->message() : std::string{});
    return {};
  }

  /// Lets another version answer the rows that the champion could not; what it answers leaves `unanswered`.
  void stand_in(const ModelRoute& route, const Servable& other, std::size_t slot, EvidenceWork& work,
                std::vector<std::size_t>& unanswered) const {
    if (unanswered.empty() || other.scorer->signature().targets != route.champion.scorer->signature().targets) return;
    PredictionRecord& record = *work.record;
    features::InputBatch own;
    const auto batch =
        batch_for(*other.scorer, record.graph_inputs(), route.champion.scorer->signature().inputs, work.batch, own);
    if (!batch) return;
    auto& answers = record.versions[slot];
    score_counted(other, **batch, unanswered, answers, route.runtime->accounting, route.phase, 0,
                  options.modelled_latency_us);
    std::erase_if(unanswered, [&](std::size_t row) {
      if (answers.scored[row] == 0) return false;
      record.answered[row] = static_cast<std::uint8_t>(slot);
      return true;
    });
  }

  void hand_over(const std::string& model, EvidenceWork work) {
    if (options.answering) options.answering(model, work.record->rows());
    if (work.tasks.empty()) {
      sink(model, std::move(work.record));
      return;
    }
    if (!queue) {
      score_evidence(work, options.modelled_latency_us);
      sink(model, std::move(work.record));
      return;
    }
    const std::size_t rows = work.rows();
    const auto shared = std::make_shared<EvidenceWork>(std::move(work));
    std::function<void()> job = [this, model, shared] {
      score_evidence(*shared, options.modelled_latency_us);
      sink(model, std::move(shared->record));
    };
    // Without room the answers are still logged, only without the copy's answers.
    if (!queue->offer(rows, job)) sink(model, std::move(shared->record));
  }

  Result<BatchAnswer> predict_new(const ModelRoute& route, PredictBatch batch) {
    ModelRuntime& runtime = *route.runtime;
    EvidenceWork work;
    work.record = std::make_shared<PredictionRecord>();
    work.runtime = route.runtime;
    work.phase = route.phase;
    const Arms arms = split_rows(route, batch);
    if (!runtime.features.is_identity()) {
      ASSIGN_OR_RETURN(work.record->inputs, runtime.features.derive(batch.rows));
    }
    work.record->ids = std::move(batch.ids);
    work.record->request = std::move(batch.rows);
    TRY(score(route, arms, work));
    BatchAnswer answer = answer_of(route, *work.record);
    if (runtime.answers.enabled()) {
      for (std::size_t row = 0; row < work.record->rows(); ++row) {
        const Answerer& by = answer.answerers[answer.answered_by[row]];
        runtime.answers.remember(
            work.record->ids[row], by.version, by.digest, by.arm,
            std::span(answer.outputs.values).subspan(row * answer.outputs.width, answer.outputs.width));
      }
    }
    runtime.recent.offer(work.record->graph_inputs());
    hand_over(route.model, std::move(work));
    return answer;
  }

  /// Rows that were answered before get their old answers, the others are predicted together.
  Result<BatchAnswer> predict_with_repeats(const ModelRoute& route, const PredictBatch& batch,
                                           std::vector<std::optional<RecentAnswers::Answer>> known) {
    std::vector<std::size_t> fresh;
    for (std::size_t row = 0; row < known.size(); ++row)
      if (!known[row]) fresh.push_back(row);
    PredictBatch part;
    part.rows = batch.rows.pick(fresh);
    for (const std::size_t row : fresh) part.ids.push_back(batch.ids[row]);
    BatchAnswer news;
    if (!fresh.empty()) {
      ASSIGN_OR_RETURN(news, predict_new(route, std::move(part)));
    }
    const std::size_t width = route.champion.scorer->signature().output_width();
    BatchAnswer answer;
    answer.signature = route.signature;
    answer.answerers = std::move(news.answerers);
    answer.outputs = {known.size(), width, {}};
    answer.repeated = known.size() - fresh.size();
    std::size_t next = 0;
    for (auto& before : known) {
      if (!before) {
        const auto begin = news.outputs.values.begin() + static_cast<std::ptrdiff_t>(next * width);
        answer.outputs.values.insert(answer.outputs.values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
        answer.answered_by.push_back(news.answered_by[next++]);
        continue;
      }
      answer.outputs.values.insert(answer.outputs.values.end(), before->outputs.begin(), before->outputs.end());
      std::size_t by = 0;
      while (by < answer.answerers.size() &&
             (answer.answerers[by].version != before->version || answer.answerers[by].arm != before->arm))
        ++by;
      if (by == answer.answerers.size()) answer.answerers.push_back({before->version, before->digest, before->arm});
      answer.answered_by.push_back(static_cast<std::uint16_t>(by));
    }
    route.runtime->accounting.add_repeated(answer.repeated);
    return answer;
  }

  Result<BatchAnswer> predict(const ModelRoute& route, PredictBatch batch) {
    const RecentAnswers& answers = route.runtime->answers;
    if (!answers.enabled()) return predict_new(route, std::move(batch));
    std::vector<std::optional<RecentAnswers::Answer>> known(batch.ids.size());
    bool any = false;
    const std::size_t width = route.champion.scorer->signature().output_width();
    for (std::size_t row = 0; row < batch.ids.size(); ++row) {
      known[row] = answers.find(batch.ids[row]);
      // An answer of another shape belongs to an earlier signature: it cannot be given again.
      if (known[row] && known[row]->outputs.size() != width) known[row].reset();
      any = any || known[row].has_value();
    }
    if (!any) return predict_new(route, std::move(batch));
    return predict_with_repeats(route, batch, std::move(known));
  }
};

Predictor::Predictor(const Router& router, RecordSink sink, PredictorOptions options)
    : impl_(std::make_unique<Impl>(router, std::move(sink), std::move(options))) {}

Predictor::~Predictor() = default;

Result<BatchAnswer> Predictor::predict(const std::string& model, PredictBatch batch) {
  ASSIGN_OR_RETURN(const ModelRoute* route, impl_->route_of(model));
  const std::size_t rows = batch.ids.size();
  const auto refuse = [&](Error error) -> Result<BatchAnswer> {
    route->runtime->accounting.add_refused(rows);
    return std::unexpected(std::move(error));
  };
  if (!route->champion.loaded())
    return refuse({ErrorCode::conflict, "the model has no champion yet", model, "train and promote a first version"});
  if (auto checked = check_batch(model, batch); !checked) return refuse(std::move(checked).error());
  auto answer = impl_->predict(*route, std::move(batch));
  if (!answer) return refuse(std::move(answer).error());
  return answer;
}

Result<BatchAnswer> Predictor::predict_with(const std::string& model, const std::string& version,
                                            const PredictBatch& batch) const {
  ASSIGN_OR_RETURN(const ModelRoute* route, impl_->route_of(model));
  const Servable* servable = route->find(version);
  if (servable == nullptr)
    return fail(ErrorCode::not_found, "the version '" + version + "' is not loaded", model,
                "loaded: the champion, a running challenger, shadows and the newest earlier champions");
  TRY(check_batch(model, batch));
  Table derived;
  const bool identity = route->runtime->features.is_identity();
  if (!identity) {
    ASSIGN_OR_RETURN(derived, route->runtime->features.derive_without_trace(batch.rows));
  }
  const Signature& signature = servable->scorer->signature();
  ASSIGN_OR_RETURN(const auto inputs,
                   features::to_batch(identity ? batch.rows : derived, signature.inputs, 0, batch.rows.rows));
  BatchAnswer answer;
  answer.signature = std::make_shared<Signature>(signature);
  ASSIGN_OR_RETURN(answer.outputs, servable->scorer->run(inputs));
  if (!std::ranges::all_of(answer.outputs.values, [](float value) { return std::isfinite(value); }))
    return fail(ErrorCode::internal, "the version " + version + " gave an answer that is not finite", model);
  const bool challenging = route->challenger && servable == &route->challenger->servable;
  answer.answerers.push_back({servable->version, servable->digest,
                              servable == &route->champion ? Arm::champion
                              : challenging                ? Arm::challenger
                                                           : Arm::shadow});
  answer.answered_by.assign(batch.rows.rows, 0);
  return answer;
}

ShadowCounts Predictor::shadow() const { return impl_->queue ? impl_->queue->counts() : ShadowCounts{}; }

void Predictor::drain() {
  if (impl_->queue) impl_->queue->drain();
}

}  // namespace perennial::serving

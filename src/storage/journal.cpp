#include "storage/journal.hpp"

#include <fmt/format.h>

#include "core/hash.hpp"

namespace perennial::storage {
namespace {

const std::string zeros(64, '0');
constexpr std::size_t page_events = 512;

constexpr const char* tables = R"sql(
  CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, model TEXT NOT NULL, type TEXT NOT NULL, schema INTEGER NOT NULL,
    body TEXT NOT NULL, previous TEXT NOT NULL, previous_of_model TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS events_of_model ON events (model, seq);
  CREATE TABLE IF NOT EXISTS journal_head (
    only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS measurements (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
)sql";

std::int64_t microseconds(TimePoint at) { return at.time_since_epoch().count(); }

std::string hash_of(const Event& event, const std::string& body_text) {
  // The body is hashed as it is stored, byte for byte; the other fields as JSON, so that no two tuples look alike.
  Json head = {event.seq, microseconds(event.at), event.model, event.type, event.schema, nullptr, event.previous};
  std::string text = to_text(head);
  Sha256 hash;
  hash.add(text);
  hash.add(body_text);
  return hash.hex();
}

std::unexpected<Error> damaged(std::uint64_t seq, std::string what) {
  return fail(ErrorCode::corrupt, fmt::format("event {}: {}", seq, what), "journal",
              "restore the data directory from a backup; `audit verify` repeats this check");
}

}  // namespace

Journal::Journal(Database& database, Upcasters upcasters)
    : database_(&database), upcasters_(std::move(upcasters)), head_{0, zeros} {}

Result<Journal> Journal::open(Database& database, Upcasters upcasters) {
  Journal journal(database, std::move(upcasters));
  const auto lock = database.lock();
  if (!database.read_only()) {
    ASSIGN_OR_RETURN(auto transaction, database.begin());
    TRY(database.execute(tables));
    TRY(transaction.commit());
  }
  TRY(journal.load_head());
  ASSIGN_OR_RETURN(auto newest, journal.page(journal.head_.seq == 0 ? 0 : journal.head_.seq - 1, 2, {}, false));
  if (journal.head_.seq == 0 && !newest.empty())
    return damaged(newest.front().seq, "stored, but the head says there is none");
  if (journal.head_.seq > 0 && newest.empty()) return damaged(journal.head_.seq, "missing at the end");
  if (newest.size() > 1) return damaged(newest.back().seq, "stored after the head");
  if (!newest.empty() && newest.front().hash != journal.head_.hash)
    return damaged(newest.front().seq, "is not the head's");
  return journal;
}

Status Journal::load_head() {
  auto prepared = database_->prepare("SELECT seq, hash FROM journal_head WHERE only = 1");
  if (!prepared && database_->read_only())
    return fail(ErrorCode::not_found, "the database has no journal", "journal", prepared.error().what);
  if (!prepared) return std::unexpected(std::move(prepared).error());
  ASSIGN_OR_RETURN(const bool there, prepared->step());
  head_ = there ? Head{static_cast<std::uint64_t>(prepared->integer(0)), prepared->text(1)} : Head{0, zeros};
  rollbacks_seen_ = database_->rollbacks();
  return {};
}

Status Journal::refresh_head() {
  // A caller's transaction may have taken our events back with it; another process may write while we only read.
  if (!database_->read_only() && database_->rollbacks() == rollbacks_seen_) return {};
  return load_head();
}

Result<std::vector<Event>> Journal::append(TimePoint at, std::span<const NewEvent> events) {
  if (events.empty()) return std::vector<Event>{};
  if (events.size() > events_per_append)
    return fail(ErrorCode::too_large, fmt::format("{} events at once", events.size()), "journal",
                fmt::format("at most {}", events_per_append));
  const auto lock = database_->lock();
  TRY(refresh_head());
  std::vector<Event> stored;
  stored.reserve(events.size());
  Head head = head_;
  {
    ASSIGN_OR_RETURN(auto transaction, database_->begin());
    ASSIGN_OR_RETURN(auto last_of_model,
                     database_->prepare("SELECT hash FROM events WHERE model = ? ORDER BY seq DESC LIMIT 1"));
    ASSIGN_OR_RETURN(auto insert, database_->prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    for (const auto& event : events) {
      Event e;
      e.seq = head.seq + 1;
      e.at = at;
      e.model = event.model;
      e.type = event.type;
      e.schema = event_schema;
      const std::string body = to_text(event.body);
      if (body.size() > event_body_bytes)
        return fail(ErrorCode::too_large, fmt::format("the body of a {} has {} bytes", e.type, body.size()), "journal",
                    fmt::format("at most {}", event_body_bytes));
      // As a reader will see it: invalid UTF-8 and non-finite numbers do not survive the text.
      ASSIGN_OR_RETURN(e.body, parse_json(body, "journal"));
      e.previous = head.hash;
      last_of_model.bind(1, std::string_view(e.model));
      ASSIGN_OR_RETURN(const bool has_previous, last_of_model.step());
      e.previous_of_model = has_previous ? last_of_model.text(0) : zeros;
      last_of_model.reset();
      e.hash = hash_of(e, body);
      insert.bind(1, static_cast<std::int64_t>(e.seq)).bind(2, microseconds(at)).bind(3, std::string_view(e.model));
      insert.bind(4, std::string_view(e.type)).bind(5, std::int64_t{e.schema}).bind(6, std::string_view(body));
      insert.bind(7, std::string_view(e.previous)).bind(8, std::string_view(e.previous_of_model));
      insert.bind(9, std::string_view(e.hash));
      TRY(insert.run());
      head = {e.seq, e.hash};
      stored.push_back(std::move(e));
    }
    ASSIGN_OR_RETURN(auto update, database_->prepare("INSERT OR REPLACE INTO journal_head VALUES (1, ?, ?)"));
    update.bind(1, static_cast<std::int64_t>(head.seq)).bind(2, std::string_view(head.hash));
    TRY(update.run());
    TRY(transaction.commit());
  }
  head_ = head;
  return stored;
}

Result<Event> Journal::lift(Event event) const {
  while (event.schema < event_schema) {
    const auto found = upcasters_.find({event.type, event.schema});
    if (found == upcasters_.end())
      return fail(ErrorCode::corrupt,
                  fmt::format("event {}: no way to read schema {} of {}", event.seq, event.schema, event.type),
                  "journal", "it was written by a version of this program that is no longer supported");
    auto body = found->second(event.body);
    if (!body) return std::unexpected(std::move(body).error());
    event.body = std::move(*body);
    ++event.schema;
  }
  if (event.schema > event_schema)
    return fail(ErrorCode::corrupt, fmt::format("event {} has schema {}", event.seq, event.schema), "journal",
                fmt::format("this program reads schemas up to {}: use a newer one", event_schema));
  return event;
}

Result<std::vector<Event>> Journal::page(std::uint64_t after_seq, std::size_t most, const std::string& model,
                                         bool lifted) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(
      auto select,
      database_->prepare(model.empty() ? "SELECT * FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2"
                                       : "SELECT * FROM events WHERE seq > ?1 AND model = ?3 ORDER BY seq LIMIT ?2"));
  select.bind(1, static_cast<std::int64_t>(std::min<std::uint64_t>(after_seq, INT64_MAX)));
  select.bind(2, static_cast<std::int64_t>(most));
  if (!model.empty()) select.bind(3, std::string_view(model));
  std::vector<Event> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, select.step());
    if (!more) return events;
    Event e;
    e.seq = static_cast<std::uint64_t>(select.integer(0));
    e.at = TimePoint(Duration(select.integer(1)));
    e.model = select.text(2);
    e.type = select.text(3);
    e.schema = static_cast<int>(select.integer(4));
    auto body = parse_json(select.text(5), "journal");
    if (!body) return damaged(e.seq, body.error().what);
    e.body = std::move(*body);
    e.previous = select.text(6);
    e.previous_of_model = select.text(7);
    e.hash = select.text(8);
    if (lifted) {
      ASSIGN_OR_RETURN(e, lift(std::move(e)));
    }
    events.push_back(std::move(e));
  }
}

Status Journal::read(std::uint64_t after_seq, const std::function<Status(const Event&)>& each) {
  while (true) {
    ASSIGN_OR_RETURN(const auto events, page(after_seq, page_events, {}, true));
    for (const auto& event : events) TRY(each(event));
    if (events.size() < page_events) return {};
    after_seq = events.back().seq;
  }
}

Result<std::vector<Event>> Journal::range(std::uint64_t after_seq, std::size_t most, const std::string& model) {
  return page(after_seq, most, model, true);
}

std::string Journal::digest() {
  const auto lock = database_->lock();
  // Where the head cannot be read the last one known is given; the next append reports the failure.
  if (auto status = refresh_head(); !status) return head_.hash;
  return head_.hash;
}

std::uint64_t Journal::last_seq() {
  const auto lock = database_->lock();
  if (auto status = refresh_head(); !status) return head_.seq;
  return head_.seq;
}

Status Journal::verify() {
  const auto lock = database_->lock();
  // Statement by statement another process could append in between; one read transaction sees one state.
  const bool outermost = database_->execute("BEGIN").has_value();
  auto result = [&]() -> Status {
    TRY(load_head());
    ASSIGN_OR_RETURN(auto select, database_->prepare("SELECT * FROM events ORDER BY seq"));
    Head seen{0, zeros};
    std::map<std::string, std::string> newest_of_model;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.step());
      if (!more) break;
      Event e;
      e.seq = static_cast<std::uint64_t>(select.integer(0));
      e.at = TimePoint(Duration(select.integer(1)));
      e.model = select.text(2);
      e.type = select.text(3);
      e.schema = static_cast<int>(select.integer(4));
      const std::string body = select.text(5);
      e.previous = select.text(6);
      if (e.seq != seen.seq + 1) return damaged(seen.seq + 1, "missing");
      if (e.previous != seen.hash) return damaged(e.seq, "does not follow from the one before it");
      if (hash_of(e, body) != select.text(8)) return damaged(e.seq, "its bytes do not have its hash");
      auto& previous_of_model = newest_of_model.try_emplace(e.model, zeros).first->second;
      if (select.text(7) != previous_of_model) return damaged(e.seq, "does not follow from its model's one before it");
      seen = {e.seq, select.text(8)};
      previous_of_model = seen.hash;
    }
    if (seen.seq < head_.seq) return damaged(seen.seq + 1, fmt::format("missing; the journal ends at {}", head_.seq));
    if (seen.seq > head_.seq || seen.hash != head_.hash) return damaged(seen.seq, "is not the head's");
    return {};
  }();
  if (outermost) TRY(database_->execute("COMMIT"));
  return result;
}

Status Journal::measure(std::uint64_t seq, const Json& values) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto insert, database_->prepare("INSERT OR REPLACE INTO measurements VALUES (?, ?)"));
  const std::string text = to_text(values);
  insert.bind(1, static_cast<std::int64_t>(seq)).bind(2, std::string_view(text));
  return insert.run();
}

Result<Json> Journal::read_measurements(std::uint64_t seq) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto select, database_->prepare("SELECT body FROM measurements WHERE seq = ?"));
  select.bind(1, static_cast<std::int64_t>(seq));
  ASSIGN_OR_RETURN(const bool there, select.step());
  if (!there) return Json(nullptr);
  return parse_json(select.text(0), "measurements");
}

}  // namespace perennial::storage

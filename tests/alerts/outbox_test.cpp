#include "alerts/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "alerts/tiny_server.hpp"

namespace perennial::alerts {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Says what the test wants, in order; the last one repeats.
class Scripted final : public Channel {
 public:
  Scripted(std::vector<std::optional<ErrorCode>> script, std::atomic<int>& calls)
      : script_(std::move(script)), calls_(calls) {}
  std::string name() const override { return "scripted"; }
  Status send(const Alert&) override {
    const auto call = static_cast<std::size_t>(calls_++);
    const auto& code = script_[std::min(call, script_.size() - 1)];
    if (code) return fail(*code, "no luck");
    return {};
  }

 private:
  std::vector<std::optional<ErrorCode>> script_;
  std::atomic<int>& calls_;
};

struct Fixture {
  std::atomic<int> calls = 0;
  std::mutex mutex;
  std::vector<Delivery> deliveries;
  OutboxOptions options{.first_backoff = milliseconds(1), .longest_backoff = milliseconds(4)};

  std::unique_ptr<Outbox> make(std::vector<std::optional<ErrorCode>> script) {
    std::vector<std::unique_ptr<Channel>> channels;
    channels.push_back(std::make_unique<Scripted>(std::move(script), calls));
    return std::make_unique<Outbox>(std::move(channels), options, [this](const Delivery& delivery) {
      std::lock_guard lock(mutex);
      deliveries.push_back(delivery);
    });
  }
};

Alert alert(const std::string& key) { return {key, "m", "RolledBack", "title", "detail", {}, 1}; }

TEST(Outbox, tries_again_as_long_as_it_may_help) {
  struct Row {
    const char* sentence;
    std::vector<std::optional<ErrorCode>> script;
    int attempts;
    bool delivered;
  };
  for (const auto& row : std::vector<Row>{{"the first try works", {{}}, 1, true},
                                          {"the third try works", {ErrorCode::io, ErrorCode::timeout, {}}, 3, true},
                                          {"a busy receiver takes it later", {ErrorCode::overloaded, {}}, 2, true},
                                          {"it never works", {ErrorCode::io}, limits::alert_attempts, false},
                                          {"a final error is not tried again", {ErrorCode::invalid, {}}, 1, false}}) {
    Fixture f;
    auto outbox = f.make(row.script);
    EXPECT_EQ(outbox->send(alert("1")).value(), Accepted::queued);
    outbox->stop(seconds(10));
    ASSERT_EQ(f.deliveries.size(), 1u) << row.sentence;
    EXPECT_EQ(f.deliveries[0].attempts, row.attempts) << row.sentence;
    EXPECT_EQ(f.deliveries[0].delivered, row.delivered) << row.sentence;
    EXPECT_EQ(f.deliveries[0].error.empty(), row.delivered) << row.sentence;
    EXPECT_EQ(outbox->counts().delivered + outbox->counts().failed, 1u);
  }
}

TEST(Outbox, the_same_key_is_sent_once) {
  Fixture f;
  auto outbox = f.make({{}});
  EXPECT_EQ(outbox->send(alert("1")).value(), Accepted::queued);
  EXPECT_EQ(outbox->send(alert("1")).value(), Accepted::duplicate);
  EXPECT_EQ(outbox->send(alert("2")).value(), Accepted::queued);
  EXPECT_EQ(outbox->send(alert("")).value(), Accepted::queued);
  EXPECT_EQ(outbox->send(alert("")).value(), Accepted::queued);
  outbox->stop(seconds(10));
  EXPECT_EQ(f.calls, 4);
  EXPECT_EQ(outbox->counts().duplicates, 1u);
}

TEST(Outbox, a_full_queue_refuses_and_never_blocks) {
  Fixture f;
  f.options.queue = 3;
  f.options.first_backoff = seconds(60);
  auto outbox = f.make({ErrorCode::io});
  int refused = 0;
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    const auto accepted = outbox->send(alert(std::to_string(i)));
    if (!accepted) {
      EXPECT_EQ(accepted.error().code, ErrorCode::overloaded);
      ++refused;
    }
  }
  EXPECT_GE(refused, 46);
  EXPECT_EQ(outbox->counts().refused, static_cast<std::uint64_t>(refused));
  outbox->stop(milliseconds(0));
  EXPECT_LT(std::chrono::steady_clock::now() - started, seconds(10)) << "a backoff is cut short";
  EXPECT_EQ(f.deliveries.size(), 50u - static_cast<std::size_t>(refused)) << "each accepted alert has an end";
  for (const auto& delivery : f.deliveries) EXPECT_FALSE(delivery.delivered);
  EXPECT_FALSE(outbox->send(alert("late")));
}

TEST(Outbox, a_refused_alert_may_be_sent_again_with_its_key) {
  Fixture f;
  f.options.queue = 0;
  auto outbox = f.make({{}});
  EXPECT_FALSE(outbox->send(alert("1")));
  EXPECT_EQ(outbox->send(alert("1")).error().code, ErrorCode::overloaded) << "not a duplicate: it never was sent";
}

TEST(Outbox, under_a_virtual_clock_it_only_records) {
  Fixture f;
  f.options.record_only = true;
  auto outbox = f.make({{}});
  ASSERT_TRUE(outbox->send(alert("1")));
  EXPECT_EQ(outbox->send(alert("1")).value(), Accepted::duplicate);
  ASSERT_TRUE(outbox->send(alert("2")));
  const auto recorded = outbox->take_recorded();
  ASSERT_EQ(recorded.size(), 2u);
  EXPECT_EQ(recorded[0].key, "1");
  EXPECT_EQ(recorded[1].key, "2");
  EXPECT_TRUE(outbox->take_recorded().empty());
  outbox->stop(seconds(1));
  EXPECT_EQ(f.calls, 0);
  EXPECT_TRUE(f.deliveries.empty());
}

TEST(Outbox, without_channels_everything_is_accepted_and_nothing_kept) {
  Outbox outbox({}, {});
  EXPECT_TRUE(outbox.send(alert("1")));
  outbox.stop(seconds(1));
}

TEST(Outbox, delivers_to_a_webhook_that_comes_back) {
  test::TinyServer server({test::TinyServer::answer("503 Busy"), test::TinyServer::answer("200 OK")});
  std::vector<std::unique_ptr<Channel>> channels;
  channels.push_back(make_channel({"webhook", server.url()}).value());
  Outbox outbox(std::move(channels), {.first_backoff = milliseconds(1)});
  ASSERT_TRUE(outbox.send(alert("1")));
  outbox.stop(seconds(10));
  EXPECT_EQ(outbox.counts().delivered, 1u);
  EXPECT_EQ(server.requests().size(), 2u);
}

}  // namespace
}  // namespace perennial::alerts

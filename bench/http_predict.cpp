// The real HTTP server before the real predictor, asked by one keep-alive client in the same process: requests/s and
// the server's CPU time per request. The client's thread is measured by itself and taken off. No log on disk.
// Usage: http_predict [SECONDS]

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "http/server.hpp"
#include "serving/request_rows.hpp"
#include "trees.hpp"

namespace perennial::bench {
namespace {

using Monotonic = std::chrono::steady_clock;

/// As lifecycle::Desk answers a prediction; the control plane has nothing to tell here.
class TreeDesk final : public api::Predictions, public api::Labels, public api::Operations, public api::Queries {
 public:
  TreeDesk(const serving::Router& router, serving::Predictor& predictor) : router_(&router), predictor_(&predictor) {}

  Result<api::PredictAnswer> predict(const api::PredictRequest& request) override {
    const auto table = router_->hold();
    const serving::ModelRoute* route = table->find(request.model);
    if (route == nullptr) return fail(ErrorCode::not_found, "no model " + request.model);
    std::vector<std::vector<serving::RawValue>> values;
    std::vector<serving::RawRow> rows;
    values.reserve(request.instances.size());
    for (const auto& instance : request.instances) {
      auto& cells = values.emplace_back();
      for (const auto& cell : instance.features)
        cells.push_back({cell.name, cell.number, cell.text, cell.is_text, false});
      rows.push_back({cells, instance.positional});
    }
    serving::PredictBatch batch;
    ASSIGN_OR_RETURN(batch.rows, serving::request_rows(*route->signature, rows));
    const TimePoint now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    for (std::size_t i = 0; i < request.instances.size(); ++i) {
      batch.ids.push_back(fmt::format("{:x}", next_id_.fetch_add(1)));
      batch.rows.times.push_back(now);
    }
    std::vector<std::string> ids = batch.ids;
    ASSIGN_OR_RETURN(const auto scored, predictor_->predict(request.model, std::move(batch)));
    api::PredictAnswer answer;
    answer.targets = scored.signature->targets;
    for (std::size_t i = 0; i < ids.size(); ++i)
      answer.predictions.push_back(
          {std::move(ids[i]), scored.answerers[scored.answered_by[i]].version, "champion", {scored.outputs.values[i]}});
    return answer;
  }

  Result<api::LabelsAnswer> label(const std::string&, const std::vector<api::Label>&) override { return none(); }
  Result<api::TriggerAnswer> trigger(const std::string&, const api::TriggerEvent&,
                                     const api::CommandContext&) override {
    return none();
  }
  Result<Json> rollback(const std::string&, std::optional<std::string>, const api::CommandContext&) override {
    return none();
  }
  Result<Json> promote(const std::string&, const std::string&, bool, const api::CommandContext&) override {
    return none();
  }
  Result<Json> pin(const std::string&, const std::string&, bool, const api::CommandContext&) override { return none(); }
  Result<Json> approve(const std::string&, const std::string&, const std::string&,
                       const api::CommandContext&) override {
    return none();
  }
  Result<Json> prune(const std::string&, bool, const api::CommandContext&) override { return none(); }
  Json status() const override { return Json::object(); }
  Result<Json> versions(const std::string&) const override { return none(); }
  Result<Json> show(const std::string&, const std::string&) const override { return none(); }
  Result<Json> jobs(std::optional<std::string>) const override { return none(); }
  Result<Json> job_stats() const override { return none(); }
  Result<Json> drift(const std::string&) const override { return none(); }
  Result<Json> performance(const std::string&) const override { return none(); }
  Result<Json> rollout(const std::string&) const override { return none(); }
  Result<Json> history(const std::string&, std::optional<TimePoint>) const override { return none(); }
  Result<Json> explain_rollout(const std::string&, const std::string&) const override { return none(); }
  Result<Json> explain_prediction(const std::string&, const std::string&) const override { return none(); }
  Json catalog() const override { return Json::object(); }
  std::vector<Event> events(std::uint64_t, std::size_t, const std::string&) const override { return {}; }
  std::uint64_t subscribe(std::function<void(const Event&)>) override { return 1; }
  void unsubscribe(std::uint64_t) override {}
  bool ready(std::string&) const override { return true; }
  bool alive() const override { return true; }
  std::string metrics() const override { return {}; }

 private:
  static std::unexpected<Error> none() { return fail(ErrorCode::invalid, "this benchmark only predicts"); }

  const serving::Router* router_;
  serving::Predictor* predictor_;
  std::atomic<std::uint64_t> next_id_{1};
};

double cpu_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// One connection; one request after the other.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Status 200 and the whole body has arrived.
  bool ask(const std::string& request) {
    if (!open_ || ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != std::ssize(request)) return false;
    answer_.clear();
    std::size_t expected = 0;
    while (expected == 0 || answer_.size() < expected) {
      char buffer[65536];
      const auto bytes = ::recv(socket_, buffer, sizeof buffer, 0);
      if (bytes <= 0) return false;
      answer_.append(buffer, static_cast<std::size_t>(bytes));
      const auto end = answer_.find("\r\n\r\n");
      if (expected != 0 || end == std::string::npos) continue;
      const auto length = answer_.find("Content-Length: ");
      if (length == std::string::npos || length > end) return false;
      expected = end + 4 + std::strtoull(answer_.c_str() + length + 16, nullptr, 10);
    }
    return answer_.starts_with("HTTP/1.1 200");
  }
  const std::string& answer() const { return answer_; }

 private:
  int socket_;
  bool open_ = false;
  std::string answer_;
};

std::string request_text(std::size_t first, std::size_t rows) {
  const auto batch = tree_rows(first, rows, "");
  std::string body = R"({"instances":[)";
  for (std::size_t row = 0; row < rows; ++row) {
    body += row == 0 ? "[" : ",[";
    for (std::size_t c = 0; c < tree_columns; ++c)
      body += fmt::format("{}{:.4f}", c == 0 ? "" : ",", batch.rows.columns[c].numbers[row]);
    body += "]";
  }
  body += "]}";
  return fmt::format(
      "POST /api/v1/models/{}/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      tree_model, body.size(), body);
}

bool measure(std::uint16_t port, std::size_t rows, double seconds) {
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < 64; ++i) requests.push_back(request_text(i * rows, rows));
  Client client(port);
  std::vector<double> took_us;
  const double process = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double thread = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  const auto begun = Monotonic::now();
  auto now = begun;
  while (std::chrono::duration<double>(now - begun).count() < seconds) {
    if (!client.ask(requests[took_us.size() % requests.size()])) {
      fmt::print(stderr, "http_predict: request {} failed: {}\n", took_us.size(), client.answer().substr(0, 300));
      return false;
    }
    const auto ended = Monotonic::now();
    took_us.push_back(std::chrono::duration<double, std::micro>(ended - now).count());
    now = ended;
  }
  const double wall = std::chrono::duration<double>(now - begun).count();
  const double client_cpu = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - thread;
  const double server_cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - process - client_cpu;
  const auto requests_done = static_cast<double>(took_us.size());
  std::sort(took_us.begin(), took_us.end());
  fmt::print(
      "http_predict/rows:{:<4} {:>8.0f} requests/s  server CPU {:>7.1f} us/request  client CPU {:>6.1f} us/request  "
      "p50 {:.0f} us  p99 {:.0f} us  ({} requests, 1 connection)\n",
      rows, requests_done / wall, 1e6 * server_cpu / requests_done, 1e6 * client_cpu / requests_done,
      took_us[took_us.size() / 2], took_us[took_us.size() * 99 / 100], took_us.size());
  return true;
}

int run(double seconds) {
  auto table = tree_table();
  serving::Router router;
  if (!table || !router.install(*table)) return 1;
  serving::Predictor predictor(router, [](const std::string&, auto) {});
  TreeDesk desk(router, predictor);
  http::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.threads = 1;
  auto server = http::Server::start(options, {&desk, &desk, &desk, &desk});
  if (!server) {
    fmt::print(stderr, "http_predict: {}\n", server.error().message());
    return 1;
  }
  const auto port = (*server)->port();
  return measure(port, 1, seconds) && measure(port, 100, seconds) ? 0 : 1;
}

}  // namespace
}  // namespace perennial::bench

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  if (seconds > 0) return perennial::bench::run(seconds);
  std::fputs("usage: http_predict [SECONDS]\n", stderr);
  return 2;
}

#include "http/session.hpp"

#include <fmt/format.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "core/limits.hpp"
#include "http/admission.hpp"
#include "http/answer_text.hpp"
#include "http/problem.hpp"

namespace perennial::http {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using tcp = net::ip::tcp;
using Socket = net::basic_stream_socket<tcp, net::io_context::executor_type>;
using Parser = beast::http::request_parser<beast::http::string_body>;
using boost::system::error_code;

constexpr std::size_t read_bytes = 8u << 10;
constexpr std::size_t read_body_bytes = 64u << 10;
constexpr std::chrono::milliseconds drain_idle{300};  ///< for the request of a connection that was idle
constexpr SteadyTime never = SteadyTime::max();

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

class Connection final : public Session, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Site& site, net::io_context& context, int descriptor, bool ipv6, std::function<void(Session&)> closed)
      : site_(site), context_(context), socket_(context), closed_callback_(std::move(closed)) {
    error_code ignored;  // an unusable descriptor shows in the first read
    socket_.assign(ipv6 ? tcp::v6() : tcp::v4(), descriptor, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    site_.traffic.connections.fetch_add(1);
  }

  void start() override { next_input(); }

  void sweep(SteadyTime now) override {
    if (state_ == State::streaming) {
      if (retry_fetch_) pump();
      if (!writing_ && now >= heartbeat_at_) write_stream(": still here\n\n");
    }
    if (now < deadline_) return;
    if (state_ != State::idle) site_.traffic.connections_cut.fetch_add(1);
    close();
  }

  void drain() override {
    // A request may be on its way to an idle connection, and closing would reset it: it has this moment to arrive.
    if (state_ == State::streaming) close();
    else if (state_ == State::idle) expire_after(drain_idle);
    else keep_alive_ = false;
  }

  void cut() override { close(); }

  void wake() override {
    if (woken_.exchange(true)) return;
    net::post(context_, [self = shared_from_this()] { self->pump(); });
  }

 private:
  enum class State { idle, header, body, busy, writing, lingering, streaming };

  void expire_after(Duration limit) { deadline_ = std::chrono::steady_clock::now() + limit; }

  void read_more() {
    const std::size_t wanted = state_ == State::body ? read_body_bytes : read_bytes;
    socket_.async_read_some(buffer_.prepare(wanted), [self = shared_from_this()](error_code error, std::size_t n) {
      if (self->closed_) return;
      if (error) return self->close();
      self->buffer_.commit(n);
      self->next_input();
    });
  }

  /// Goes on with what has been read; asks for more where that is not enough.
  void next_input() {
    for (;;) {
      if (!parser_) {
        if (site_.draining.load(std::memory_order_relaxed) && buffer_.size() == 0) return close();
        if (buffer_.size() == 0) {
          state_ = State::idle;
          expire_after(site_.options.idle);
          return read_more();
        }
        parser_.emplace();
        parser_->header_limit(limits::http_header_bytes);
        parser_->body_limit(site_.options.body_bytes);
        parser_->eager(false);
        state_ = State::header;
        expire_after(site_.options.header);
      }
      if (parser_->is_header_done() && parser_->is_done()) return dispatch();
      if (buffer_.size() == 0) return read_more();
      const bool in_header = !parser_->is_header_done();
      error_code error;
      const std::size_t used = parser_->put(buffer_.data(), error);
      buffer_.consume(used);
      if (error == beast::http::error::need_more) {
        // What the parser does not take yet has a bound in the body, too: the line of a chunk, and trailers.
        if (buffer_.size() <= limits::http_header_bytes) return read_more();
        error = in_header ? beast::http::error::header_limit : beast::http::error::bad_chunk;
      }
      if (error) return refuse_message(error);
      if (in_header && parser_->is_header_done() && !take_head()) return;
    }
  }

  void refuse_message(error_code error) {
    using beast::http::error::bad_version;
    using beast::http::error::body_limit;
    using beast::http::error::header_limit;
    Response response;
    if (error == body_limit)
      response = problem(413, "too_large", fmt::format("a body has at most {} bytes", site_.options.body_bytes));
    else if (error == header_limit)
      response = problem(431, "too_large", fmt::format("a header has at most {} bytes", limits::http_header_bytes));
    else if (error == bad_version) response = problem(505, "invalid", "HTTP/1.0 and HTTP/1.1 are spoken here");
    else response = problem(400, "invalid", "this is not a well-formed HTTP request");
    keep_alive_ = false;
    linger_ = true;
    head_only_ = false;
    route_index_ = SIZE_MAX;
    send(std::move(response));
  }

  /// False where the request has been answered already, or the answer to the client's expectation is being written.
  bool take_head() {
    using beast::http::field;
    const auto& message = parser_->get();
    Head head;
    head.method = view(message.method_string());
    head.target = view(message.target());
    minor_version_ = static_cast<int>(message.version()) % 10;
    head.minor_version = minor_version_;
    const auto all = [&](field name) {
      std::vector<std::string_view> values;
      const auto [first, last] = message.equal_range(name);
      for (auto it = first; it != last; ++it) values.push_back(view(it->value()));
      return values;
    };
    const auto one = [&](field name) {
      const auto found = message.find(name);
      return found == message.end() ? std::string_view() : view(found->value());
    };
    head.hosts = all(field::host);
    head.authorizations = all(field::authorization);
    head.origin = one(field::origin);
    head.expect = one(field::expect);
    head.content_encoding = one(field::content_encoding);
    if (message.count(field::transfer_encoding) > 0) head.transfer_encoding = one(field::transfer_encoding);
    if (const auto found = message.find("Sec-Fetch-Site"); found != message.end())
      head.fetch_site = view(found->value());
    if (const auto found = message.find("Last-Event-ID"); found != message.end())
      head.last_event_id = view(found->value());

    keep_alive_ = message.keep_alive() && !site_.draining.load(std::memory_order_relaxed);
    const bool has_body = !parser_->is_done();
    auto judged = admit(head, site_);
    if (auto* refused = std::get_if<Refused>(&judged)) return answer_refused(std::move(*refused), has_body);
    admitted_ = std::move(std::get<Admitted>(judged));
    route_index_ = admitted_.route_index;
    head_only_ = admitted_.head_only;

    const auto announced = parser_->content_length();
    const std::size_t coming =
        announced ? static_cast<std::size_t>(*announced) : (has_body ? site_.options.body_bytes : 0);
    if (coming > read_body_bytes && !reserve_body(coming)) {
      Refused refused;
      refused.route_index = route_index_;
      refused.response = problem(503, "overloaded", "too many large bodies are being read", "try again in a second");
      return answer_refused(std::move(refused), has_body);
    }
    parser_->eager(true);
    state_ = State::body;
    expire_after(site_.options.body);
    if (admitted_.wants_continue && has_body && buffer_.size() == 0) {
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      net::async_write(socket_, net::buffer(go_on.data(), go_on.size()),
                       [self = shared_from_this()](error_code error, std::size_t) {
                         if (self->closed_) return;
                         if (error) return self->close();
                         self->next_input();
                       });
      return false;
    }
    return true;
  }

  bool answer_refused(Refused refused, bool has_body) {
    route_index_ = refused.route_index;
    head_only_ = refused.head_only;
    if (has_body || refused.close) {
      keep_alive_ = false;
      linger_ = true;
    }
    send(std::move(refused.response));
    return false;
  }

  bool reserve_body(std::size_t bytes) {
    auto& all = site_.traffic.bodies_bytes;
    if (all.fetch_add(bytes) + bytes > bodies_bytes) {
      all.fetch_sub(bytes);
      return false;
    }
    reserved_ = bytes;
    return true;
  }

  void release_body() {
    if (reserved_ > 0) site_.traffic.bodies_bytes.fetch_sub(reserved_);
    reserved_ = 0;
  }

  void dispatch() {
    state_ = State::busy;
    deadline_ = never;
    admitted_.request.body = std::move(parser_->get().body());
    WorkQueue* queue = nullptr;
    switch (admitted_.route->lane) {
      case Lane::direct: queue = admitted_.request.body.size() > direct_bytes ? &site_.batch : nullptr; break;
      case Lane::labels: queue = &site_.labels; break;
      case Lane::control: queue = &site_.control; break;
    }
    if (queue == nullptr) return send(call());
    const bool taken = queue->submit([self = shared_from_this()] {
      auto response = std::make_shared<Response>(self->call());
      net::post(self->context_, [self, response] {
        if (!self->closed_) self->send(std::move(*response));
        else self->release_body();
      });
    });
    if (!taken) send(problem(503, "overloaded", "too many calls are waiting", "try again in a second"));
  }

  Response call() {
    try {
      return admitted_.route->handler(admitted_.request);
    } catch (const std::exception& exception) {
      return problem(Error{ErrorCode::internal, exception.what(), admitted_.route->path, ""}, admitted_.request.path);
    }
  }

  void send(Response response) {
    release_body();
    if (response.stream && response.status == 200 && !head_only_) return start_stream(std::move(*response.stream));
    site_.traffic.count(route_index_, response.status);
    state_ = State::writing;
    expire_after(site_.options.write);
    if (site_.draining.load(std::memory_order_relaxed)) keep_alive_ = false;
    out_head_ = answer_head(response, keep_alive_, minor_version_);
    out_body_ = head_only_ ? std::string() : std::move(response.body);
    const std::array<net::const_buffer, 2> buffers = {net::buffer(out_head_), net::buffer(out_body_)};
    net::async_write(socket_, buffers, [self = shared_from_this()](error_code error, std::size_t) {
      if (self->closed_) return;
      if (error) return self->close();
      self->sent();
    });
  }

  void sent() {
    parser_.reset();
    out_body_ = {};
    admitted_ = {};
    if (keep_alive_) return next_input();
    if (!linger_) return close();
    // Closing with unread input resets the connection, and the client might never see the answer.
    state_ = State::lingering;
    expire_after(linger);
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    buffer_.consume(buffer_.size());
    discard();
  }

  void discard() {
    socket_.async_read_some(buffer_.prepare(read_body_bytes),
                            [self = shared_from_this()](error_code error, std::size_t n) {
                              if (self->closed_) return;
                              self->discarded_ += n;
                              if (error || self->discarded_ > linger_bytes) return self->close();
                              self->discard();
                            });
  }

  void start_stream(EventCursor cursor) {
    if (site_.traffic.event_streams.fetch_add(1) >= limits::event_stream_clients) {
      site_.traffic.event_streams.fetch_sub(1);
      return send(problem(503, "overloaded", "too many event streams are open",
                          fmt::format("at most {}", limits::event_stream_clients)));
    }
    site_.traffic.count(route_index_, 200);
    cursor_ = std::move(cursor);
    counted_stream_ = true;
    state_ = State::streaming;
    deadline_ = never;
    buffer_.consume(buffer_.size());
    site_.hub.add(shared_from_this());
    watch_for_end();
    woken_ = true;
    write_stream(stream_head() + "retry: 2000\n\n");
  }

  /// A client has nothing to say in a stream; its end shows as the end of its input.
  void watch_for_end() {
    socket_.async_read_some(buffer_.prepare(512), [self = shared_from_this()](error_code error, std::size_t n) {
      if (self->closed_) return;
      self->discarded_ += n;
      if (error || self->discarded_ > read_bytes) return self->close();
      self->watch_for_end();
    });
  }

  void write_stream(std::string text) {
    writing_ = true;
    expire_after(site_.options.write);
    heartbeat_at_ = std::chrono::steady_clock::now() + site_.options.heartbeat;
    out_body_ = std::move(text);
    net::async_write(socket_, net::buffer(out_body_), [self = shared_from_this()](error_code error, std::size_t) {
      if (self->closed_) return;
      if (error) return self->close();
      self->writing_ = false;
      self->deadline_ = never;
      self->pump();
    });
  }

  /// Fetches the next page where there may be one and nothing else is under way.
  void pump() {
    if (closed_ || state_ != State::streaming || writing_ || fetching_ || !woken_.exchange(false)) return;
    fetching_ = true;
    retry_fetch_ = !site_.control.submit([self = shared_from_this()] {
      auto events = std::make_shared<std::vector<Event>>();
      try {
        *events = self->site_.backends.queries->events(self->cursor_.after, events_per_page, self->cursor_.model);
      } catch (const std::exception&) {
        return net::post(self->context_, [self] { self->close(); });
      }
      net::post(self->context_, [self, events] { self->fetched(*events); });
    });
    if (!retry_fetch_) return;
    fetching_ = false;
    woken_ = true;
  }

  void fetched(const std::vector<Event>& events) {
    fetching_ = false;
    if (closed_) return;
    if (events.empty()) return pump();
    cursor_.after = events.back().seq;
    woken_ = true;  // there may be more
    // A heartbeat may be on its way; the page waits for it in no queue but is fetched again.
    if (writing_) {
      cursor_.after = events.front().seq - 1;
      return;
    }
    write_stream(render_events(events));
  }

  void close() {
    if (closed_) return;
    const auto self = shared_from_this();
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
    if (state_ != State::busy) release_body();
    site_.traffic.connections.fetch_sub(1);
    if (counted_stream_) site_.traffic.event_streams.fetch_sub(1);
    closed_callback_(*this);
  }

  Site& site_;
  net::io_context& context_;
  Socket socket_;
  std::function<void(Session&)> closed_callback_;
  beast::flat_buffer buffer_{limits::http_header_bytes + 2 * read_body_bytes};
  std::optional<Parser> parser_;
  Admitted admitted_;
  State state_ = State::idle;
  SteadyTime deadline_ = never;
  std::size_t route_index_ = SIZE_MAX;
  std::size_t reserved_ = 0;
  std::size_t discarded_ = 0;
  int minor_version_ = 1;
  bool head_only_ = false;
  bool keep_alive_ = true;
  bool linger_ = false;
  bool closed_ = false;
  std::string out_head_;
  std::string out_body_;

  EventCursor cursor_;
  SteadyTime heartbeat_at_ = never;
  bool counted_stream_ = false;
  bool writing_ = false;
  bool fetching_ = false;
  bool retry_fetch_ = false;
  std::atomic<bool> woken_{false};
};

}  // namespace

std::shared_ptr<Session> make_session(Site& site, boost::asio::io_context& context, int descriptor, bool ipv6,
                                      std::function<void(Session&)> closed) {
  return std::make_shared<Connection>(site, context, descriptor, ipv6, std::move(closed));
}

}  // namespace perennial::http

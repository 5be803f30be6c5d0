// POSTs an alert as JSON. http and https only, redirects are not followed, proxies of the environment are not used:
// each of them would let somebody else choose where the request goes. Link-local addresses are refused
// (address_guard.hpp). Any answer from 200 to 299 is a success; 408, 429 and 5xx are worth another try.

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "alerts/address_guard.hpp"
#include "alerts/channels/members.hpp"

namespace perennial::alerts {
namespace {

constexpr auto connect_timeout = std::chrono::seconds(5);
constexpr std::size_t url_bytes = 2048;
constexpr std::size_t answer_bytes = 64u << 10;

/// Once per process; libcurl's own is not thread-safe everywhere.
bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

struct UrlPart {
  char* text = nullptr;
  ~UrlPart() { curl_free(text); }
};

struct Call {
  bool refused_address = false;
  std::size_t received = 0;
};

extern "C" curl_socket_t perennial_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  if (is_refused(address->addr)) {
    static_cast<Call*>(user)->refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

extern "C" std::size_t perennial_drop_answer(char*, std::size_t size, std::size_t count, void* user) {
  auto& call = *static_cast<Call*>(user);
  call.received += size * count;
  return call.received > answer_bytes ? 0 : size * count;
}

class Webhook final : public Channel {
 public:
  Webhook(std::string url, std::string host, Duration timeout)
      : url_(std::move(url)), host_(std::move(host)), timeout_(timeout) {}

  std::string name() const override { return "webhook"; }

  Status send(const Alert& alert) override {
    const std::string body = perennial::to_text(to_json(alert));
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return fail(ErrorCode::internal, "libcurl gives no handle", where());
    std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(nullptr, curl_slist_free_all);
    for (const char* line : {"Content-Type: application/json", "User-Agent: perennial", "Expect:"})
      headers.reset(curl_slist_append(headers.release(), line));
    Call call;
    CURLcode code = CURLE_OK;
    const auto set = [&](CURLoption option, auto value) {
      if (code == CURLE_OK) code = curl_easy_setopt(curl.get(), option, value);
    };
    using std::chrono::milliseconds;
    const auto timeout_ms = std::chrono::duration_cast<milliseconds>(timeout_).count();
    const auto connect_ms = std::min<long>(timeout_ms, milliseconds(connect_timeout).count());
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
    set(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_OPENSOCKETFUNCTION, perennial_open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&call));
    set(CURLOPT_WRITEFUNCTION, perennial_drop_answer);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&call));
    if (code != CURLE_OK) return fail(ErrorCode::internal, curl_easy_strerror(code), where());
    code = curl_easy_perform(curl.get());
    if (call.refused_address)
      return fail(ErrorCode::config, "the host has a link-local address, where alerts are never sent", where(),
                  "use an address of the receiver's own network");
    long answer = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer);
    // A receiver that accepted and then says too much has accepted.
    const bool said_too_much = code == CURLE_WRITE_ERROR && call.received > answer_bytes;
    if (code == CURLE_OPERATION_TIMEDOUT)
      return fail(ErrorCode::timeout, fmt::format("no answer within {}", format_duration(timeout_)), where());
    if (code != CURLE_OK && !said_too_much) return fail(ErrorCode::io, curl_easy_strerror(code), where());
    return judge(answer);
  }

 private:
  Status judge(long answer) const {
    if (answer >= 200 && answer < 300) return {};
    const bool temporary = answer >= 500 || answer == 408 || answer == 429;
    return fail(temporary ? ErrorCode::overloaded : ErrorCode::invalid, fmt::format("the receiver answered {}", answer),
                where(),
                answer >= 300 && answer < 400 ? "redirects are not followed: configure the final address" : "");
  }

  /// The path of a webhook is often its secret.
  std::string where() const { return "webhook " + host_; }

  std::string url_;
  std::string host_;
  Duration timeout_;
};

Result<std::unique_ptr<Channel>> make_webhook(const ChannelConfig& config) {
  const auto refuse = [](std::string what) {
    return fail(ErrorCode::config, std::move(what), "webhook", "such as https://host/path");
  };
  if (!curl_is_ready()) return fail(ErrorCode::internal, "libcurl cannot be initialised", "webhook");
  if (config.target.empty()) return refuse("the URL is missing");
  if (config.target.size() > url_bytes) return refuse(fmt::format("the URL has more than {} bytes", url_bytes));
  if (config.timeout <= Duration::zero()) return refuse("the time limit is not positive");
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, config.target.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
    return refuse("the URL cannot be read");
  UrlPart scheme;
  UrlPart host;
  if (curl_url_get(url.get(), CURLUPART_SCHEME, &scheme.text, 0) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &host.text, 0) != CURLUE_OK || *host.text == '\0')
    return refuse("the URL has no scheme or no host");
  if (std::string_view(scheme.text) != "http" && std::string_view(scheme.text) != "https")
    return refuse(fmt::format("the scheme '{:.20}' is not http or https", scheme.text));
  return std::make_unique<Webhook>(config.target, host.text, config.timeout);
}

}  // namespace

ChannelMember webhook_member() {
  return {{"webhook",
           "POSTs {model, kind, title, detail, at, event_seq} as JSON to a URL",
           {{"webhook", "", "an http or https URL", "",
             "where to; redirects are not followed, link-local addresses refused"}}},
          make_webhook};
}

}  // namespace perennial::alerts

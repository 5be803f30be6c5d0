// perennial-scorer: answers rows with one ONNX graph that it is given over the socket on its stdin, until that closes.
// A process of its own, so that a graph that was made elsewhere can neither crash the server nor eat its memory.
// Exit codes: 0 the server has gone, 2 wrong call.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "inference/scorer_protocol.hpp"
#include "inference/session.hpp"

namespace {

using namespace perennial;
using namespace perennial::inference;
namespace protocol = scorer_protocol;

Status answer_rows(const Session& session, std::string_view payload, Outputs& out) {
  ASSIGN_OR_RETURN(const auto batch, protocol::decode_batch(payload));
  return session.run_unchecked(batch, out);
}

/// Returns when the other side is gone.
Status serve(int socket) {
  const protocol::Patience patience;
  std::shared_ptr<const Session> session;
  {
    ASSIGN_OR_RETURN(const auto frame, protocol::receive(socket, protocol::load_bytes_most, patience));
    auto loaded = [&]() -> Result<std::shared_ptr<const Session>> {
      ASSIGN_OR_RETURN(const auto load, protocol::decode_load(frame.payload));
      return Session::load_foreign(load.graph, load.signature);
    }();
    if (!loaded)
      return protocol::send(socket, protocol::Kind::error, {protocol::encode_error(loaded.error())}, patience);
    session = std::move(*loaded);
  }
  TRY(protocol::send(socket, protocol::Kind::loaded, {}, patience));
  Outputs out;
  for (;;) {
    ASSIGN_OR_RETURN(const auto frame, protocol::receive(socket, protocol::run_bytes_most, patience));
    if (const auto answered = answer_rows(*session, frame.payload, out); !answered) {
      TRY(protocol::send(socket, protocol::Kind::error, {protocol::encode_error(answered.error())}, patience));
      continue;
    }
    const std::string_view values(reinterpret_cast<const char*>(out.values.data()), out.values.size() * sizeof(float));
    TRY(protocol::send(socket, protocol::Kind::answers, {values}, patience));
  }
}

}  // namespace

int main(int argc, char**) {
  int type = 0;
  socklen_t length = sizeof type;
  if (argc != 1 || ::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    std::fprintf(stderr, "perennial-scorer is started by perennial, with a socket as its stdin\n");
    return 2;
  }
  // A call that never ends would outlive a server that was killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)serve(STDIN_FILENO);
  return 0;
}

#pragma once
// Ctrl-C and SIGTERM as a question that long work asks.

namespace perennial::app {

/// True once SIGINT or SIGTERM has come; the first call installs the handlers. A second signal ends the process.
bool interrupted();

/// Waits until interrupted() or `milliseconds` have passed; true where interrupted.
bool wait_for_interrupt(int milliseconds);

}  // namespace perennial::app

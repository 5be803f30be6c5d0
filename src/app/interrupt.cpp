#include "app/interrupt.hpp"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace perennial::app {
namespace {

std::atomic<bool> came{false};

void on_signal(int number) {
  came = true;
  signal(number, SIG_DFL);
}

}  // namespace

bool interrupted() {
  static const bool installed = [] {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    return true;
  }();
  return installed && came;
}

bool wait_for_interrupt(int milliseconds) {
  for (int waited = 0; waited < milliseconds && !interrupted(); waited += 20)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  return interrupted();
}

}  // namespace perennial::app

#pragma once
// The whole circle on the built-in fleet simulator, on the production code under a virtual clock.

#include <functional>
#include <string>

#include "core/result.hpp"

namespace perennial::app {

struct DemoOptions {
  std::string data_dir;  ///< made anew
  std::string trainer;
  std::string listen = "127.0.0.1:8080";  ///< of the page; another port is taken where this one is not free
  bool wait = true;                       ///< leave the page up until Ctrl-C
  std::uint64_t seed = 42;
};

/// Prints the story line by line. Error: internal where the story did not end as it must (promoted, then rolled back).
Status demo(const DemoOptions& options);

}  // namespace perennial::app

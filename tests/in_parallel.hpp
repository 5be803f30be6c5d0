#pragma once
// For simulations: the draws do not depend on each other, and the machine has two cores.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace perennial {

/// body(i) for all i below `count`, on at most two threads.
inline void in_parallel(std::size_t count, const std::function<void(std::size_t)>& body) {
  const std::size_t workers = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 2);
  std::vector<std::jthread> threads;
  for (std::size_t w = 0; w < workers; ++w)
    threads.emplace_back([&body, count, workers, w] {
      for (std::size_t i = w; i < count; i += workers) body(i);
    });
}

}  // namespace perennial

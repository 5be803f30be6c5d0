#pragma once
// Work on a thread of its own, beside the caller.

#include <functional>
#include <future>
#include <system_error>
#include <type_traits>
#include <utility>

namespace perennial {

/// Starts `work` on a new thread. Where no thread can be had it is left for get(), which does it then: slower, and
/// nothing is lost. The future's destructor waits for a thread that was started, so what `work` refers to must outlive
/// it.
template <class Work>
std::future<std::invoke_result_t<Work&>> beside(const Work& work) {
  try {
    return std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, work);
  }
}

}  // namespace perennial

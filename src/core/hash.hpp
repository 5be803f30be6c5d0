#pragma once
// SHA-256 for identity (artifacts, data, config, journal chain) and XXH64 for routing and checksums.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace perennial {

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 over a stream of pieces. Not copyable; `hex()` ends it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH64 (Collet). Stable for ever: arms, cohorts and checksums on disk depend on it.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

}  // namespace perennial

#pragma once
// Numbers in the byte order of our files, whatever the machine's.

#include <cstdint>
#include <string>

namespace perennial::storage {

inline void put_u32(std::string& into, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) into += static_cast<char>(static_cast<unsigned char>(value >> shift));
}
inline void put_u64(std::string& into, std::uint64_t value) {
  for (int shift = 0; shift < 64; shift += 8) into += static_cast<char>(static_cast<unsigned char>(value >> shift));
}
inline std::uint32_t get_u32(const char* at) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}
inline std::uint64_t get_u64(const char* at) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

}  // namespace perennial::storage

#include "learners/matrix_file.hpp"

#include <bit>
#include <cstring>

#include "core/hash.hpp"
#include "core/limits.hpp"

namespace perennial::learners {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is written as it lies in memory");

constexpr std::string_view magic = "PRNLMTX1";
constexpr std::size_t head_bytes = 8 + 8 + 4 + 4;
constexpr std::uint64_t rows_most = 1ull << 32;
constexpr std::uint64_t targets_most = 1000;

template <class T>
void put(std::string& bytes, const std::vector<T>& values) {
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}
template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
T take(std::string_view& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}
template <class T>
void take(std::string_view& bytes, std::vector<T>& values, std::size_t count) {
  values.resize(count);
  if (count > 0) std::memcpy(values.data(), bytes.data(), count * sizeof(T));
  bytes.remove_prefix(count * sizeof(T));
}

}  // namespace

Result<std::string> encode_matrix(const MatrixFile& matrix) {
  if (matrix.features.size() != matrix.rows * matrix.columns || matrix.truth.size() != matrix.rows * matrix.targets ||
      matrix.weights.size() != matrix.rows || matrix.validation.size() != matrix.rows)
    return fail(ErrorCode::internal, "a training matrix has lists of other lengths than it says");
  std::string bytes(magic);
  bytes.reserve(head_bytes + matrix.features.size() * 4 + matrix.truth.size() * 8 + matrix.rows * 5 + 8);
  put(bytes, matrix.rows);
  put(bytes, matrix.columns);
  put(bytes, matrix.targets);
  put(bytes, matrix.features);
  put(bytes, matrix.truth);
  put(bytes, matrix.weights);
  put(bytes, matrix.validation);
  put(bytes, hash64(bytes));
  return bytes;
}

Result<MatrixFile> decode_matrix(std::string_view bytes) {
  const auto corrupt = [](const std::string& what) { return fail(ErrorCode::corrupt, "the training matrix " + what); };
  if (bytes.size() < head_bytes + 8 || bytes.substr(0, magic.size()) != magic) return corrupt("is no such file");
  auto rest = bytes.substr(magic.size());
  MatrixFile matrix;
  matrix.rows = take<std::uint64_t>(rest);
  matrix.columns = take<std::uint32_t>(rest);
  matrix.targets = take<std::uint32_t>(rest);
  if (matrix.rows == 0 || matrix.rows > rows_most || matrix.columns == 0 || matrix.columns > 16 * limits::columns ||
      matrix.targets == 0 || matrix.targets > targets_most)
    return corrupt("has an impossible size");
  // The bounds above keep this product far below 2^64.
  const std::uint64_t per_row = 4ull * matrix.columns + 8ull * matrix.targets + 4 + 1;
  if (rest.size() != matrix.rows * per_row + 8) return corrupt("has another length than its head says");
  auto checksum = bytes.substr(bytes.size() - 8);
  if (hash64(bytes.substr(0, bytes.size() - 8)) != take<std::uint64_t>(checksum))
    return corrupt("has a wrong checksum");
  take(rest, matrix.features, matrix.rows * matrix.columns);
  take(rest, matrix.truth, matrix.rows * matrix.targets);
  take(rest, matrix.weights, matrix.rows);
  take(rest, matrix.validation, matrix.rows);
  return matrix;
}

}  // namespace perennial::learners

// perennial-trainer REQUEST_DIR: trains what request.json and matrix.bin ask for and writes model.onnx and result.json.
// A process of its own, so that a training library can neither stop nor crash the server.
// Exit codes: 0 made, 1 not made (result.json says why), 2 wrong call, 77 out of memory.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>

#include "core/json.hpp"
#include "learners/train_model.hpp"

namespace {

using namespace perennial;
using learners::trainer_files::matrix;
using learners::trainer_files::model;
using learners::trainer_files::request;
using learners::trainer_files::result;

constexpr int exit_out_of_memory = 77;

Result<std::string> read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, "the file cannot be opened", path.filename());
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail(ErrorCode::io, "the file cannot be read", path.filename());
  return bytes;
}

/// The name appears only when all bytes are there: a killed trainer leaves no half artifact.
Status write(const std::filesystem::path& path, const std::string& bytes) {
  const auto temporary = path.string() + ".partial";
  {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.flush();
    if (!out) return fail(ErrorCode::io, "the file cannot be written", path.filename());
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) return fail(ErrorCode::io, "the file cannot be renamed: " + error.message(), path.filename());
  return {};
}

Result<learners::TrainedModel> train(const std::filesystem::path& directory) {
  ASSIGN_OR_RETURN(const auto request_text, read(directory / request));
  ASSIGN_OR_RETURN(const auto request_json, parse_json(request_text, request));
  ASSIGN_OR_RETURN(const auto wanted, learners::trainer_request_from_json(request_json));
  ASSIGN_OR_RETURN(const auto matrix_bytes, read(directory / matrix));
  ASSIGN_OR_RETURN(const auto rows, learners::decode_matrix(matrix_bytes));
  return learners::train_model(wanted, rows, [](const std::string& line) { fmt::print(stderr, "{}\n", line); });
}

}  // namespace

int main(int argc, char** argv) {
  std::set_new_handler([] { _exit(exit_out_of_memory); });
  if (argc != 2) {
    fmt::print(stderr, "usage: perennial-trainer REQUEST_DIR\n");
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  learners::TrainedModel made;
  if (auto trained = train(directory)) made = std::move(*trained);
  else made.result.error = trained.error();
  if (!made.result.error)
    if (auto written = write(directory / model, made.onnx); !written) made.result.error = written.error();
  if (auto written = write(directory / result, learners::to_json(made.result).dump()); !written) {
    fmt::print(stderr, "error: {}\n", written.error().message());
    return 1;
  }
  if (made.result.error) {
    fmt::print(stderr, "error: {}\n", made.result.error->message());
    return 1;
  }
  return 0;
}

# System packages come from scripts/packages.txt; DuckDB and ONNX Runtime from third_party/ (scripts/third_party.sh)
# unless a system copy is found.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(simdjson REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(date REQUIRED)

find_library(XXHASH_LIBRARY xxhash REQUIRED)
add_library(xxhash UNKNOWN IMPORTED)
set_target_properties(xxhash PROPERTIES IMPORTED_LOCATION ${XXHASH_LIBRARY})

find_library(XGBOOST_LIBRARY xgboost REQUIRED)
add_library(xgboost UNKNOWN IMPORTED)
set_target_properties(xgboost PROPERTIES IMPORTED_LOCATION ${XGBOOST_LIBRARY})

find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)
add_library(onnx_proto UNKNOWN IMPORTED)
set_target_properties(onnx_proto PROPERTIES IMPORTED_LOCATION ${ONNX_PROTO_LIBRARY}
                      INTERFACE_COMPILE_DEFINITIONS "ONNX_ML=1;ONNX_NAMESPACE=onnx")
target_link_libraries(onnx_proto INTERFACE protobuf::libprotobuf)

set(THIRD_PARTY ${CMAKE_SOURCE_DIR}/third_party)

find_path(DUCKDB_INCLUDE duckdb.h HINTS ${THIRD_PARTY}/duckdb/include REQUIRED)
find_library(DUCKDB_LIBRARY duckdb HINTS ${THIRD_PARTY}/duckdb/lib REQUIRED)
add_library(duckdb SHARED IMPORTED)
set_target_properties(duckdb PROPERTIES IMPORTED_LOCATION ${DUCKDB_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE})

# Only the library: its C ABI is declared in src/inference/ort_abi.hpp (docs/decisions/003).
find_library(ONNXRUNTIME_LIBRARY onnxruntime HINTS ${THIRD_PARTY}/onnxruntime/lib REQUIRED)
add_library(onnxruntime SHARED IMPORTED)
set_target_properties(onnxruntime PROPERTIES IMPORTED_LOCATION ${ONNXRUNTIME_LIBRARY})

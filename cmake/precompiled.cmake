# The headers that nearly every source reads, compiled once: perennial_precompiled(TARGET library|test). For the
# sanitizer builds only, where parsing them again takes about a quarter of an object's time. The other builds do without: the
# compiler cache finds an object again in any clone, but not one made with a precompiled header of another clone.

set(PERENNIAL_COMMON_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <condition_variable> <cstdint> <deque> <expected> <filesystem>
  <fstream> <functional> <limits> <map> <memory> <mutex> <numeric> <optional> <random> <ranges> <set> <span> <sstream>
  <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector> <fmt/format.h> <fmt/ranges.h>
  <nlohmann/json.hpp>)

if(PERENNIAL_SANITIZE)
  add_library(perennial_library_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(perennial_library_headers PRIVATE fmt::fmt nlohmann_json::nlohmann_json)
  target_precompile_headers(perennial_library_headers PRIVATE ${PERENNIAL_COMMON_HEADERS})
  if(PERENNIAL_TESTS)
    find_package(GTest REQUIRED)
    add_executable(perennial_test_headers EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/precompiled.cpp)
    target_link_libraries(perennial_test_headers PRIVATE fmt::fmt nlohmann_json::nlohmann_json GTest::gmock)
    target_precompile_headers(perennial_test_headers PRIVATE ${PERENNIAL_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
  endif()
endif()

function(perennial_precompiled TARGET KIND)
  if(PERENNIAL_SANITIZE)
    target_precompile_headers(${TARGET} REUSE_FROM perennial_${KIND}_headers)
  endif()
endfunction()

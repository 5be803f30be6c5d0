#pragma once
// What the files of this folder give to catalog.cpp.

#include "rollout/strategy.hpp"

namespace perennial::rollout {

Strategy canary_strategy();
Strategy linear_strategy();
Strategy blue_green_strategy();
Strategy ab_test_strategy();
Strategy none_strategy();

}  // namespace perennial::rollout

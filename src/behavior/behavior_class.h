#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alice {

/// What the hand is doing; the value is the index of the classifier's output. The list is in
/// behavior_classes.inc.
enum class BehaviorClass : std::uint8_t {
#define ALICE_BEHAVIOR_CLASS(name) name,
#include "behavior/behavior_classes.inc"
#undef ALICE_BEHAVIOR_CLASS
};

/// The names of the classes, in the order of their values.
inline constexpr auto kBehaviorClassNames = std::to_array<std::string_view>({
#define ALICE_BEHAVIOR_CLASS(name) #name,
#include "behavior/behavior_classes.inc"
#undef ALICE_BEHAVIOR_CLASS
});

inline constexpr std::size_t kBehaviorClassCount = kBehaviorClassNames.size();

/// The name of `behavior`, e.g. "rage_shake".
constexpr std::string_view BehaviorClassName(BehaviorClass behavior) {
  return kBehaviorClassNames[static_cast<std::size_t>(behavior)];
}

/// The class called `name`, or nothing.
constexpr std::optional<BehaviorClass> FindBehaviorClass(std::string_view name) {
  for (std::size_t i = 0; i < kBehaviorClassCount; ++i) {
    if (kBehaviorClassNames[i] == name) return static_cast<BehaviorClass>(i);
  }
  return std::nullopt;
}

}  // namespace alice

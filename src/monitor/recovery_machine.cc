#include "monitor/recovery_machine.h"

#include <array>

namespace alice {
namespace {

enum class Group : std::uint8_t { free, held };

struct StateInfo {
  std::string_view name;
  Group group;
  bool answers_int8;
  Health health;
};

// The words of recovery_states.inc for the precision.
constexpr bool kAnswers_int8 = true;   // NOLINT(readability-identifier-naming)
constexpr bool kAnswers_fp32 = false;  // NOLINT(readability-identifier-naming)

constexpr std::array<StateInfo, kRecoveryStates> kStates{{
#define ALICE_RECOVERY_STATE(name, group, precision, health, text) \
  {#name, Group::group, kAnswers_##precision, Health::health},
#include "monitor/recovery_states.inc"
#undef ALICE_RECOVERY_STATE
}};

struct EventInfo {
  std::string_view name;
  FallbackReason reason;
};

constexpr std::array<EventInfo, kRecoveryEvents> kEvents{{
#define ALICE_RECOVERY_EVENT(name, reason, text) {#name, FallbackReason::reason},
#include "monitor/recovery_events.inc"
#undef ALICE_RECOVERY_EVENT
}};

using Table = std::array<std::array<Transition, kRecoveryEvents>, kRecoveryStates>;

/// Whether the `from` of a row means that state.
constexpr bool Names(std::string_view from, const StateInfo& state) {
  return from == state.name || (from == "free" && state.group == Group::free);
}

constexpr Table MakeTable() {
  Table table{};
  for (std::size_t state = 0; state < kRecoveryStates; ++state) {
    for (Transition& cell : table[state]) cell = {static_cast<RecoveryState>(state), RecoveryAction::none};
  }
#define ALICE_TRANSITION(from, event, to, action)                                                               \
  for (std::size_t state = 0; state < kRecoveryStates; ++state) {                                               \
    if (!Names(#from, kStates[state])) continue;                                                                \
    table[state][static_cast<std::size_t>(RecoveryEvent::event)] = {RecoveryState::to, RecoveryAction::action}; \
  }
#include "monitor/recovery_transitions.inc"
#undef ALICE_TRANSITION
  return table;
}

constexpr Table kTable = MakeTable();

const StateInfo& InfoOf(RecoveryState state) { return kStates[static_cast<std::size_t>(state)]; }

}  // namespace

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::normal:
      return "normal";
    case Health::warning:
      return "warning";
    case Health::fallback:
      return "fallback";
  }
  return "?";
}

std::string_view RecoveryStateName(RecoveryState state) { return InfoOf(state).name; }
std::string_view RecoveryEventName(RecoveryEvent event) { return kEvents[static_cast<std::size_t>(event)].name; }

Transition TransitionOf(RecoveryState from, RecoveryEvent event) {
  return kTable[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
}

FallbackReason ReasonOf(RecoveryEvent event) { return kEvents[static_cast<std::size_t>(event)].reason; }

RecoveryAction RecoveryMachine::Apply(RecoveryEvent event, FallbackReason reason) {
  const Transition transition = TransitionOf(state_, event);
  const bool is_adoption = event <= RecoveryEvent::adopt_unjudged;
  // A hold leaves the reason beneath it.
  const bool falls = transition.action == RecoveryAction::fall_back && event != RecoveryEvent::hold;
  if (is_adoption || falls) reason_ = reason;
  Enter(transition.to);
  return transition.action;
}

void RecoveryMachine::Enter(RecoveryState state) {
  const StateInfo& info = InfoOf(state);
  state_ = state;
  health_ = info.health;
  answers_int8_ = info.answers_int8;
  is_held_ = info.group == Group::held;
}

FallbackReason RecoveryMachine::reason() const {
  if (is_held()) return FallbackReason::manual_override;
  return health() == Health::fallback ? reason_ : FallbackReason::none;
}

}  // namespace alice

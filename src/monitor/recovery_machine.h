#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "monitor/fallback_reason.h"

namespace alice {

/// How the engine is, for those who ask.
enum class Health : std::uint8_t { normal, warning, fallback };
std::string_view HealthName(Health health);

enum class RecoveryState : std::uint8_t {
#define ALICE_RECOVERY_STATE(name, group, precision, health, text) name,
#include "monitor/recovery_states.inc"
#undef ALICE_RECOVERY_STATE
};

enum class RecoveryEvent : std::uint8_t {
#define ALICE_RECOVERY_EVENT(name, reason, text) name,
#include "monitor/recovery_events.inc"
#undef ALICE_RECOVERY_EVENT
};

/// What the engine is to do about a transition.
enum class RecoveryAction : std::uint8_t {
  none,
  warn,       ///< say that INT8 is less than good
  calm,       ///< it is good again
  fall_back,  ///< answer in FP32
  recover,    ///< answer in INT8; where it leads to a warning, say that too
};

inline constexpr std::size_t kRecoveryStates = 0
#define ALICE_RECOVERY_STATE(name, group, precision, health, text) +1
#include "monitor/recovery_states.inc"
#undef ALICE_RECOVERY_STATE
    ;
inline constexpr std::size_t kRecoveryEvents = 0
#define ALICE_RECOVERY_EVENT(name, reason, text) +1
#include "monitor/recovery_events.inc"
#undef ALICE_RECOVERY_EVENT
    ;

std::string_view RecoveryStateName(RecoveryState state);
std::string_view RecoveryEventName(RecoveryEvent event);

struct Transition {
  RecoveryState to;
  RecoveryAction action;
};
/// One cell of the table that recovery_transitions.inc fills.
Transition TransitionOf(RecoveryState from, RecoveryEvent event);
/// Why the engine falls back because of that event; `none` where it does not.
FallbackReason ReasonOf(RecoveryEvent event);

/// Which precision answers, and why: the table of recovery_transitions.inc with a place in it.
class RecoveryMachine {
 public:
  RecoveryMachine() { Enter(RecoveryState::float_only); }

  /// Gives what is to be done. `reason` is what reason() says after a fallback because of it.
  RecoveryAction Apply(RecoveryEvent event, FallbackReason reason);
  RecoveryAction Apply(RecoveryEvent event) { return Apply(event, ReasonOf(event)); }

  [[nodiscard]] RecoveryState state() const { return state_; }
  [[nodiscard]] Health health() const { return health_; }
  [[nodiscard]] bool answers_int8() const { return answers_int8_; }
  /// Whether the user holds the engine in FP32.
  [[nodiscard]] bool is_held() const { return is_held_; }
  /// Whether probes are to find out when INT8 can answer again.
  [[nodiscard]] bool wants_probes() const { return health() == Health::fallback && !is_held(); }
  /// Why FP32 answers; `none` where there is no fallback.
  [[nodiscard]] FallbackReason reason() const;

 private:
  void Enter(RecoveryState state);

  RecoveryState state_;
  // What the table says of the state, for those who ask at every inference.
  Health health_;
  bool answers_int8_;
  bool is_held_;
  FallbackReason reason_ = FallbackReason::none;  ///< of the latest fallback, but for those of the user
};

}  // namespace alice

#include "monitor/recovery_machine.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace alice {
namespace {

using State = RecoveryState;
using Event = RecoveryEvent;
using Action = RecoveryAction;

constexpr std::size_t kFirstHeld = static_cast<std::size_t>(State::held);

std::vector<State> AllStates() {
  std::vector<State> states;
  for (std::size_t i = 0; i < kRecoveryStates; ++i) states.push_back(static_cast<State>(i));
  return states;
}

/// The machine again, written as rows of letters: where each event (in the order of recovery_events.inc) leads from a
/// state. f float_only, n normal, w warning, u unsafe, s strained, and in capitals the same beneath a hold.
struct Row {
  State from;
  char letter;
  std::string_view to;
};
//                                            adopt_: fgwldiu  INT8: sddispf probes: pr user: hr
constexpr Row kExpected[] = {{State::float_only, 'f',
                              "fnwsuuu"
                              "fffffff"
                              "ff"
                              "Ff"},
                             {State::normal, 'n',
                              "fnwsuuu"
                              "nwuussu"
                              "nn"
                              "Nn"},
                             {State::warning, 'w',
                              "fnwsuuu"
                              "nwuussu"
                              "ww"
                              "Nw"},
                             {State::unsafe, 'u',
                              "fnwsuuu"
                              "uuuuuuu"
                              "nn"
                              "Uu"},
                             {State::strained, 's',
                              "fnwsuuu"
                              "sssssss"
                              "sn"
                              "Nn"},
                             {State::held, 'N',
                              "FNNNUUU"
                              "NNNNNNN"
                              "NN"
                              "Nn"},
                             {State::held_unsafe, 'U',
                              "FNNNUUU"
                              "UUUUUUU"
                              "UU"
                              "Uu"},
                             {State::held_float, 'F',
                              "FNNNUUU"
                              "FFFFFFF"
                              "FF"
                              "Ff"}};

const Row& RowOf(State state) { return kExpected[static_cast<std::size_t>(state)]; }

RecoveryMachine MachineIn(State state) {
  RecoveryMachine machine;
  switch (state) {
    case State::float_only:
      break;
    case State::normal:
      machine.Apply(Event::adopt_good);
      break;
    case State::warning:
      machine.Apply(Event::adopt_warned);
      break;
    case State::unsafe:
      machine.Apply(Event::adopt_dissimilar);
      break;
    case State::strained:
      machine.Apply(Event::adopt_late);
      break;
    case State::held:
      machine = MachineIn(State::normal);
      machine.Apply(Event::hold);
      break;
    case State::held_unsafe:
      machine = MachineIn(State::unsafe);
      machine.Apply(Event::hold);
      break;
    case State::held_float:
      machine.Apply(Event::hold);
      break;
  }
  REQUIRE(machine.state() == state);
  return machine;
}

TEST_CASE("every event leads from every state to where it should", "[monitor]") {
  REQUIRE(std::size(kExpected) == kRecoveryStates);
  for (const Row& row : kExpected) {
    REQUIRE(row.to.size() == kRecoveryEvents);
    for (std::size_t i = 0; i < kRecoveryEvents; ++i) {
      const auto event = static_cast<Event>(i);
      RecoveryMachine machine = MachineIn(row.from);
      INFO(RecoveryStateName(row.from) << " + " << RecoveryEventName(event));
      const Action action = machine.Apply(event);
      CHECK(RowOf(machine.state()).letter == row.to[i]);
      CHECK(TransitionOf(row.from, event).to == machine.state());
      CHECK(TransitionOf(row.from, event).action == action);
    }
  }
}

TEST_CASE("the action of every transition is what its ends make of it", "[monitor]") {
  for (const State from : AllStates()) {
    for (std::size_t i = 0; i < kRecoveryEvents; ++i) {
      const auto event = static_cast<Event>(i);
      const bool is_adoption = event <= Event::adopt_unjudged;
      const RecoveryMachine before = MachineIn(from);
      RecoveryMachine after = before;
      const Action action = after.Apply(event);
      INFO(RecoveryStateName(from) << " + " << RecoveryEventName(event) << " = " << RecoveryStateName(after.state()));
      // INT8 begins to answer by a recovery or with a new model, and it ends by a fallback or with one.
      if (!before.answers_int8() && after.answers_int8()) CHECK((is_adoption || action == Action::recover));
      if (before.answers_int8() && !after.answers_int8()) {
        CHECK((action == Action::fall_back || after.state() == State::float_only));
      }
      if (action == Action::recover) CHECK((!before.answers_int8() && after.answers_int8()));
      if (action == Action::fall_back) CHECK(after.health() == Health::fallback);
      if (action == Action::warn) CHECK((after.health() == Health::warning));
      if (action == Action::calm) CHECK((before.health() == Health::warning && after.health() == Health::normal));
      if (after.state() == from && !is_adoption) CHECK(action == Action::none);
      // Only the user ends what the user began.
      if (before.is_held() && event != Event::release) CHECK(after.is_held());
      if (!before.is_held() && event != Event::hold) CHECK_FALSE(after.is_held());
    }
  }
}

TEST_CASE("a fallback has a reason as long as it lasts, and a hold does not make it forget it", "[monitor]") {
  for (const State state : AllStates()) {
    const RecoveryMachine machine = MachineIn(state);
    INFO(RecoveryStateName(state));
    CHECK((machine.reason() != FallbackReason::none) == (machine.health() == Health::fallback));
    CHECK(machine.is_held() == (static_cast<std::size_t>(state) >= kFirstHeld));
    CHECK(machine.is_held() == (machine.reason() == FallbackReason::manual_override));
    CHECK(machine.wants_probes() == (state == State::unsafe || state == State::strained));
  }
  for (const Event event : {Event::dissimilar, Event::disagreeing, Event::failed}) {
    RecoveryMachine machine = MachineIn(State::normal);
    machine.Apply(event);
    CHECK(machine.reason() == ReasonOf(event));
    machine.Apply(Event::pressed);  // says nothing new
    CHECK(machine.reason() == ReasonOf(event));
    machine.Apply(Event::hold);
    CHECK(machine.reason() == FallbackReason::manual_override);
    machine.Apply(Event::release);
    CHECK(machine.reason() == ReasonOf(event));
    machine.Apply(Event::relaxed);
    CHECK(machine.reason() == FallbackReason::none);
  }
}

TEST_CASE("a model that comes while the user holds FP32 waits with its own reason", "[monitor]") {
  RecoveryMachine machine = MachineIn(State::held);
  machine.Apply(Event::adopt_inaccurate);
  CHECK(machine.reason() == FallbackReason::manual_override);
  machine.Apply(Event::release);
  CHECK(machine.state() == State::unsafe);
  CHECK(machine.reason() == FallbackReason::accuracy_drop);
}

TEST_CASE("no state is a trap: where there is INT8, it can answer again", "[monitor]") {
  for (const State state : AllStates()) {
    RecoveryMachine machine = MachineIn(state);
    machine.Apply(Event::release);
    machine.Apply(Event::relaxed);
    const bool has_int8 = state != State::float_only && state != State::held_float;
    CHECK(machine.answers_int8() == has_int8);
  }
}

}  // namespace
}  // namespace alice
